"""Small databases in their published layouts: `write_<name>(folder)` writes one."""

import csv
import io
import tarfile

import numpy as np
import openpyxl
import scipy.io
from PIL import Image


def write_picture(path, number):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(number).integers(0, 256, (16, 24, 3), np.uint8)
    Image.fromarray(pixels).save(path)


def write_table(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)


def write_lines(path, rows, *, end="\n"):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (" ".join(map(str, row)) for row in rows)
    path.write_bytes("".join(line + end for line in lines).encode())


def write_sheet(path, rows, *, sheet="Sheet1"):
    path.parent.mkdir(parents=True, exist_ok=True)
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    book.save(path)


def cells(values, *, row=False, nested=False):
    """Returns a MATLAB cell array: a column or row, perhaps of cells of its own."""
    array = np.empty(len(values), object)
    for place, value in enumerate(values):
        array[place] = np.array([value], object) if nested else value
    return array[None] if row else array[:, None]


def write_pictures(folder):
    for number in range(3):
        write_picture(folder / "below" / f"{number}.png", number)


def write_biq2021(folder):
    names = [f"ss0{k % 3} ({k}).jpg" for k in range(12)]
    for number, name in enumerate(names):
        # As published: a name whose case differs from its row.
        on_disk = name.replace(".jpg", ".JPG") if number == 4 else name
        write_picture(folder / "Images" / on_disk, number)
    rows = [[name, f"{0.05 * k:.4f}"] for k, name in enumerate(names)]
    train = [["Image Name", "MOS", "", ""], *([*row, "", ""] for row in rows[:9])]
    write_table(folder / "Train (Images and MOS).csv", train)
    write_table(
        folder / "Test (Images and MOS).csv", [["Image Name", "MOS"], *rows[9:]]
    )


def write_koniq10k(folder):
    header = [*("image_name", "c1", "c2", "c3", "c4", "c5", "c_total"), "MOS", "SD"]
    parts = ["training"] * 5 + ["validation"] * 2 + ["test"] * 3
    rows = []
    for number, part in enumerate(parts):
        name = f"{10_000 + number}.jpg"
        write_picture(folder / "512x384" / name, number)
        shares = ["0.0", "0.1", "0.2", "0.3", "0.4"]
        rows.append([name, *shares, "100", f"{9 * number + 4.5}", "0.5", part])
    table = folder / "koniq10k_distributions_sets.csv"
    write_table(table, [[*header, "set"], *rows])


def write_clive(folder):
    names = [f"t{k}.bmp" for k in range(1, 8)] + [f"{k}.bmp" for k in range(1, 11)]
    for number, name in enumerate(names[7:]):
        write_picture(folder / "Images" / name, number)
    write_picture(folder / "Images" / "trainingImages" / "t1.bmp", 99)
    (folder / "Data").mkdir()
    columns = {
        "AllImages_release": cells(names),
        "AllMOS_release": np.linspace(3, 92, len(names))[None],  # a row
        "AllStdDev_release": np.linspace(10, 20, len(names))[None],
    }
    for key, values in columns.items():
        scipy.io.savemat(folder / "Data" / f"{key}.mat", {key: values})


def write_mos_folder(folder):
    rows = [["image", "mos", "reference", "mos_std", "distortion", "level"]]
    for number in range(12):
        name = f"scene {number // 3}/{number % 3}.png"
        write_picture(folder / "images" / name, number)
        rows.append([name, number / 4, number // 3, 0.5, "blur", number % 3])
    write_table(folder / "mos.csv", rows)


LIVE_FOLDERS = {"jp2k": 227, "jpeg": 233, "wn": 174, "gblur": 174, "fastfading": 174}


def write_live(folder):
    total = sum(LIVE_FOLDERS.values())
    for kind, count in LIVE_FOLDERS.items():
        write_picture(folder / kind / "img1.bmp", count)
        encoded = (folder / kind / "img1.bmp").read_bytes()
        for number in range(2, count + 1):
            (folder / kind / f"img{number}.bmp").write_bytes(encoded)
    # Every second one is a pristine copy, apart from the first folder.
    copies = np.array([[k >= 227 and k % 2 for k in range(total)]], np.uint8)
    columns = {"dmos_new": np.linspace(-2, 111, total)[None], "orgs": copies}
    columns["dmos_std"] = np.linspace(1, 2, total)[None]
    scipy.io.savemat(folder / "dmos_realigned.mat", columns)
    names = [f"reference{k % 29}.bmp" for k in range(total)]
    names = {"refnames_all": cells(names, row=True)}
    scipy.io.savemat(folder / "refnames_all.mat", names)


def write_csiq(folder):
    # As published: words of the table are not those of the names.
    kinds = {"noise": "AWGN", "jpeg": "JPEG", "jpeg 2000": "jpeg2000", "blur": "BLUR"}
    rows = [[], [None, "image", "dst_idx", "dst_type", "dst_lev", "dmos_std", "dmos"]]
    for image in (1600, "boston", "lake"):
        for number, (kind, in_name) in enumerate(kinds.items(), start=1):
            name = f"{image}.{in_name}.2.png"
            write_picture(folder / "dst_imgs" / kind / name, number)
            rows.append([None, image, number, kind, 2, 0.05, number / 5])
    write_sheet(folder / "csiq.DMOS.xlsx", rows, sheet="all_by_image")


def write_tid(folder):
    lines = []
    for reference in range(1, 6):
        for kind in (1, 8):
            for level in (1, 2):
                name = f"i{reference:02d}_{kind:02d}_{level}.bmp"
                write_picture(folder / "distorted_images" / name, level)
                if level == 1:  # as published: another case than that of the file
                    name = name.replace("i", "I")
                lines.append((f"{reference + level / 8:.5f}", name))
    write_lines(folder / "mos_with_names.txt", lines, end="\r\n")
    write_lines(folder / "mos_std.txt", [["0.25"]] * len(lines), end="\r\n")
    write_picture(folder / "reference_images" / "I01.BMP", 1)


write_tid2008 = write_tid2013 = write_tid


def write_kadid10k(folder):
    rows = [["dist_img", "ref_img", "dmos", "var"]]
    for reference in range(1, 5):
        write_picture(folder / "images" / f"I{reference:02d}.png", reference)
        for kind in (1, 25):
            name = f"I{reference:02d}_{kind:02d}_03.png"
            write_picture(folder / "images" / name, kind)
            rows.append([name, f"I{reference:02d}.png", 1 + reference / 2, 0.7])
    write_table(folder / "dmos.csv", rows)


def write_live_md(folder):
    parts = {"Part 1": ("blurjpeg", "jpeg"), "Part 2": ("blurnoise", "noise")}
    for part, (inside, kind) in parts.items():
        names = []
        for reference in ("babygirl", "hatgirl", "volleyball"):
            write_picture(folder / part / inside / f"{reference}.bmp", 0)
            for distortion in ("blur1", f"blur2_{kind}3"):
                names.append(f"{reference}_{distortion}.bmp")
                write_picture(folder / part / inside / names[-1], len(names))
        lists = {"distimgs": cells(names, nested=True)}
        scipy.io.savemat(folder / part / "Imagelists.mat", lists)
        scores = {"DMOSscores": np.linspace(1, 80, len(names))[None]}
        scipy.io.savemat(folder / part / "Scores.mat", scores)


def write_mdid(folder):
    for number in range(6):
        name = f"img{number // 2 + 1:02d}_{number % 2 + 1:02d}.bmp"
        write_picture(folder / "distortion_images" / name, number)
    write_lines(folder / "mos.txt", [[k + 0.5] for k in range(6)])
    write_lines(folder / "mos_std.txt", [[k / 8] for k in range(6)])


def write_ivc(folder):
    rows = [["IVC database"], ["Image", "Distance", "MOS"]]
    for number, content in enumerate(("avion", "barba", "clown")):
        write_picture(folder / "color" / f"{content}.bmp", number)
        for kind in ("flou_f1", "j2000_r3", "jpeg_lumichr_r5"):
            write_picture(folder / "color" / f"{content}_{kind}.bmp", number)
            rows.append([f"{content}_{kind}", 6, 1.5 + number])
    write_sheet(folder / "color" / "scores.xlsx", rows)


def write_pipal(folder):
    for reference in range(1, 4):
        lines = []
        for number in range(4):
            name = f"A{reference:04d}_{number % 2:02d}_{number:02d}.bmp"
            write_picture(folder / f"Distortion_{number + 1}" / name, number)
            lines.append((f"{name},{1400 + number}",))
        write_lines(folder / "Train_Label" / f"A{reference:04d}.txt", lines)


def write_bid(folder):
    grades = [f"Grade #{k}" for k in (1, 2, 3)]
    rows = [["Image Number", "Average Subjective Grade", "Number of Grades", *grades]]
    for number in (1, 3, 4, 12, 590):
        write_picture(folder / f"DatabaseImage{number:04d}.JPG", number)
        rows.append([number, number / 200 + 1.5, 2, number / 200, number / 200 + 3])
    write_sheet(folder / "DatabaseGrades.xlsx", rows)


def write_spaq(folder):
    name, *scores = ["Image name", "MOS", "Brightness", "Colorfulness", "Contrast"]
    scores += ["Noisiness", "Sharpness"]
    scenes = "Animal,Cityscape,Human,Indoor scene,Landscape,Night scene,Plant"
    scenes = [*scenes.split(","), "Still-life", "Others"]
    names = [f"{k:05d}.jpg" for k in range(1, 7)]
    for number, picture in enumerate(names):
        write_picture(folder / "TestImage" / picture, number)
    rows = [[p, 10 * k, *range(k, k + 5)] for k, p in enumerate(names)]
    inside = folder / "Annotations"
    write_sheet(
        inside / "MOS and Image attribute scores.xlsx", [[name, *scores], *rows]
    )
    rows = [[p, *np.eye(9)[k].tolist()] for k, p in enumerate(names)]
    write_sheet(inside / "Scene category labels.xlsx", [[name, *scenes], *rows])


def write_flive(folder):
    names = [f"blur_dataset/motion{k:04d}.jpg" for k in range(4)]
    names += [f"voc_emotic_ava/AVA__{k}.jpg" for k in range(6)]
    for number, name in enumerate(names):
        write_picture(folder / name, number)
    rows = [[name, 7.5 * k] for k, name in enumerate(names)]
    write_table(folder / "labels_image.csv", [["name", "mos"], *rows])
    write_table(folder / "labels640.csv", [["name_image"], *([n] for n in names[:2])])
    marked = [[name, name == names[5]] for name in names[3:]]
    write_table(folder / "labels=640_padded.csv", [["name_image", "is_valid"], *marked])


def write_cid2013(folder):
    rows = [["Source_ID", "MOS", "Realigned MOS"]]
    for number, roman in enumerate(("I", "II", "III", "IV", "V", "VI"), start=1):
        for content in (1, 2, 8):
            name = f"IS_{roman}_C{content:02d}_D01"
            path = folder / f"IS{number}" / f"co{content}" / f"{name}.jpg"
            write_picture(path, number)
            rows.append([name, 50, 10 * number + content - 15.5])
    write_sheet(
        folder / "CID2013 data - version 12112014.xlsx", rows, sheet="CID2013 MOS"
    )


def write_ava(folder):
    lines = []
    for number in range(1, 9):
        write_picture(folder / "images" / f"{95_000 + number}.jpg", number)
        votes = [0, number, 0, 0, 3, 0, 0, 0, 0, 1]
        lines.append([number, 95_000 + number, *votes, 1, 22, 1396])
    write_lines(folder / "AVA.txt", lines)
    lists = folder / "aesthetics_image_lists"
    write_lines(lists / "generic_test.jpgl", [[95_002], [95_007]])


def write_uhd_iqa(folder):
    rows = [["image_name", "set", "quality_mos"]]
    for number in range(1, 9):
        part = ("training", "training", "validation", "test")[number % 4]
        write_picture(folder / "challenge" / part / f"{number}.jpg", number)
        rows.append([f"{number}.jpg", part, number / 10])
    write_table(folder / "uhd-iqa-metadata.csv", rows)


def write_kadis700k(folder):
    rows = [["ref_im", "dist_type_1"]]
    for number, kind in enumerate((1, 11)):
        write_picture(folder / "ref_imgs" / f"abbey_{number}.png", number)
        rows.append([f"abbey_{number}.png", kind])
    write_table(folder / "kadis700k_ref_imgs.csv", rows)


def write_waterloo(folder):
    for number in (1, 2):
        write_picture(folder / "pristine_images" / f"{number:05d}.bmp", number)


def write_coco(folder):
    parts = ("train2017", "val2017", "unlabeled2017", "test2015")
    for number, part in enumerate(parts):
        for picture in range(2):
            name = f"{100 * number + picture:012d}.jpg"
            write_picture(folder / part / name, picture)


ANNOTATION = """<annotation>
<size><width>24</width><height>16</height></size>
</annotation>
"""


def write_voc2012(folder):
    inside = folder / "VOCdevkit" / "VOC2012"
    for number, part in enumerate(("train", "val", "test")):
        names = [f"2008_{number}0000{k}" for k in range(2)]
        for name in names:
            write_picture(inside / "JPEGImages" / f"{name}.jpg", number)
            annotation = inside / "Annotations" / f"{name}.xml"
            annotation.parent.mkdir(exist_ok=True)
            annotation.write_text(ANNOTATION)
        lists = inside / "ImageSets" / "Main" / f"{part}.txt"
        write_lines(lists, [[name] for name in names])
    # An image of another task, in none of the lists.
    write_picture(inside / "JPEGImages" / "2007_000027.jpg", 9)


def write_certh_blur(folder):
    training, evaluation = folder / "TrainingSet", folder / "EvaluationSet"
    for kind in ("Undistorted", "Naturally-Blurred", "Artificially-Blurred"):
        write_picture(training / kind / "DSC_0001.JPG", len(kind))
    for kind, title in {"NaturalBlurSet": "Blur Label", "DigitalBlurSet": None}.items():
        rows = [["Image Name", title]]
        for number, label in enumerate((1, -1)):
            write_picture(evaluation / kind / f"DSCN{number}.jpg", number)
            rows.append([f"DSCN{number} ", label])
        write_sheet(evaluation / f"{kind}.xlsx", rows)


def write_imagenet2012(folder):
    def packed(files):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as archive:
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        return stream.getvalue()

    kinds = {}
    for kind in ("n01440764", "n01443537"):
        write_picture(folder / f"{kind}_1.JPEG", len(kinds))
        kinds[f"{kind}_1.JPEG"] = (folder / f"{kind}_1.JPEG").read_bytes()
    inner = {f"{name[:9]}.tar": packed({name: c}) for name, c in kinds.items()}
    (folder / "ILSVRC2012_img_train.tar").write_bytes(packed(inner))
    content = kinds["n01440764_1.JPEG"]
    validation = {"ILSVRC2012_val_00000001.JPEG": content}
    (folder / "ILSVRC2012_img_val.tar").write_bytes(packed(validation))
