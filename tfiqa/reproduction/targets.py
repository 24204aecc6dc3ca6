"""The tables and figures of the papers' talks, posters and slides, one row each.

The numbers of tables are in `report/published.csv`, by paper and table.
"""

import dataclasses

from tfiqa.report import published
from tfiqa.report.published import Published

TABLE, FIGURE, FACTS, SKETCH = "table", "figure", "facts", "sketch"


@dataclasses.dataclass(frozen=True)
class Target:
    """A table or a figure.

    Attributes:
        key: Its name in commands.
        title: What it shows.
        document: The document that prints it, and the place in it.
        kind: `"table"` of measurements, `"figure"` that is drawn, `"facts"` about
            databases, or `"sketch"`: an illustration, with nothing to measure.
        paper: Authors and venue, as in `report/published.csv`.
        table: Its name there.
        protocol: The protocol of its numbers.
        groups: Databases that one run measures together.
        renamed: Our name of a figure, if it is not the one in the file.
        note: What a reader should know.
    """

    key: str
    title: str
    document: str
    kind: str = TABLE
    paper: str = ""
    table: str = ""
    protocol: str = ""
    groups: tuple[tuple[str, ...], ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    note: str = ""

    def numbers(self) -> list[Published]:
        """Returns the numbers that the paper prints."""
        return published.in_table(self.paper, self.table, self.protocol)

    def methods(self) -> list[str]:
        """Returns the rows of the paper, in their order."""
        return list(dict.fromkeys(number.method for number in self.numbers()))

    def figure_of(self, name: str) -> str:
        """Returns our name of a figure of the paper."""
        return dict(self.renamed).get(name, name)


def _each(*databases: str) -> tuple[tuple[str, ...], ...]:
    return tuple((name,) for name in databases)


_TALK = "talk 'Image Quality Assessment using Synthetic Images', WACV 2022"
_POSTER = "poster 'Self-Supervised Image Quality Assessment', 6G@UT 2022"
_REIQA = "poster and slides of Re-IQA, CVPR 2023"
_CONTENTSEP = "poster 'No Reference Opinion Unaware Quality Assessment', WACV 2023"
_HYPERIQA = "slides about HyperIQA, CVPR 2020"

TALK = "Madhusudana et al., WACV 2022 (talk)"
POSTER = "Madhusudana et al., TIP 2022 (poster)"
REIQA = "Saha et al., CVPR 2023 (poster)"
CONTENTSEP = "Babu et al., WACV 2023 (poster)"
HYPERIQA = "Su et al., CVPR 2020"

_ROWS = (
    Target(
        "talk/synthetic",
        "SROCC on synthetic distortions; CONTRIQUE trained on generated images",
        f"{_TALK}; slides 'Correlation with Human Judgments'",
        *(TABLE, TALK, "table of synthetic distortions", "repeats"),
        groups=_each("live", "csiq", "tid2013", "kadid10k"),
        note="How many generated images the authors used is unknown.",
    ),
    Target(
        "talk/realistic",
        "SROCC on realistic distortions; CONTRIQUE trained on generated images",
        f"{_TALK}; slide 'Shortcomings - Realistic Distortions'",
        *(TABLE, TALK, "table of realistic distortions", "repeats"),
        groups=_each("koniq10k", "clive", "flive", "spaq"),
        note="How many generated images the authors used is unknown.",
    ),
    Target(
        "talk/images",
        "Dead leaves, textured dead leaves and anime images",
        f"{_TALK}; slides 'Synthetic Datasets'",
        FIGURE,
        note="Drawn images in place of anime images, unless Danbooru is at hand.",
    ),
    Target(
        "talk/views",
        "Views of CONTRIQUE: two scales, color spaces, crops",
        f"{_TALK}; slides 'Data Augmentations/Transformations'",
        FIGURE,
    ),
    Target(
        "talk/framework",
        "Diagrams of the auxiliary task and of contrastive learning",
        f"{_TALK}; slides 'Auxiliary Task', 'Contrastive Learning'",
        SKETCH,
    ),
    Target(
        "poster/table",
        "SROCC across IQA datasets",
        f"{_POSTER}; table under 'Results'",
        *(TABLE, POSTER, "table", "repeats"),
        groups=_each("koniq10k", "kadid10k"),
    ),
    Target(
        "poster/similarity",
        "Similarity between representations",
        f"{_POSTER}; figure under 'Contrastive Learning'",
        FIGURE,
    ),
    Target(
        "poster/representations",
        "Visualization of learned representations in the plane",
        f"{_POSTER}; figure under 'Results'",
        FIGURE,
    ),
    Target(
        "poster/framework",
        "Diagram of the training framework",
        f"{_POSTER}; 'Training Framework'",
        SKETCH,
    ),
    Target(
        "reiqa/table-1",
        "SROCC on photographs",
        f"{_REIQA}; table 1 under 'Objective NR-IQA Results'",
        *(TABLE, REIQA, "table 1", "repeats"),
        groups=_each("flive", "spaq"),
    ),
    Target(
        "reiqa/table-2",
        "SROCC on synthetic distortions",
        f"{_REIQA}; table 2 under 'Objective NR-IQA Results'",
        *(TABLE, REIQA, "table 2", "repeats"),
        groups=_each("live", "csiq"),
    ),
    Target(
        "reiqa/cross-database",
        "SROCC on other databases than the one of the training",
        f"{_REIQA}; table under 'Cross Database Generalization'",
        *(TABLE, REIQA, "cross-database table", "cross_database"),
        groups=(("clive", "koniq10k"), ("live", "csiq")),
    ),
    Target(
        "reiqa/configurations",
        "Versions of a chunk, size of crops and bound of their overlap",
        f"{_REIQA}; 'Re-IQA: Quality Aware (Contd.)'",
        FIGURE,
        note="The slides name what was chosen (11, 160 pixels, 10 to 30 %), no SROCC.",
    ),
    Target(
        "reiqa/hypotheses",
        "Similarity of crops by overlap, content and distortion (H1 to H3)",
        f"{_REIQA}; 'Re-IQA: Quality Aware'",
        FIGURE,
        note="Stated as hypotheses, without numbers.",
    ),
    Target(
        "reiqa/chunk",
        "A chunk of versions and its swapped pairs",
        f"{_REIQA}; 'Re-IQA: Quality Aware (Contd.)'",
        FIGURE,
    ),
    Target(
        "reiqa/exemplars",
        "Distorted pictures (figure 2), and diagrams of the framework",
        f"{_REIQA}; 'No Reference IQA: Challenges', 'Our Method'",
        SKETCH,
    ),
    Target(
        "contentsep/table",
        "SROCC and PLCC without human scores, over all of each database",
        f"{_CONTENTSEP}; 'Results and performance comparisons'",
        *(TABLE, CONTENTSEP, "results table", "unsupervised"),
        groups=_each("clive", "koniq10k", "flive", "cid2013"),
        renamed=(("PLCC", "PLCC (logistic)"),),
        note="PLCC after the logistic fit; the poster does not say.",
    ),
    Target(
        "contentsep/bars",
        "Two bar charts: stages of the method, and losses of its estimator",
        f"{_CONTENTSEP}; charts under 'Results and performance comparisons'",
        FIGURE,
        note="The numbers of the charts cannot be read from the poster's text.",
    ),
    Target(
        "contentsep/framework",
        "Diagrams of both stages and of the prediction",
        f"{_CONTENTSEP}; 'Quality feature learning'",
        SKETCH,
    ),
    Target(
        "hyperiqa/table-1",
        "SROCC and PLCC on five databases",
        f"{_HYPERIQA}; table 1",
        *(TABLE, HYPERIQA, "table 1", "repeats"),
        groups=_each("clive", "bid", "koniq10k", "live", "csiq"),
        note="The slides cut PLCC after SFA. The authors chose the best test epoch.",
    ),
    Target(
        "hyperiqa/table-2",
        "SROCC within each type of distortion",
        f"{_HYPERIQA}; table 2",
        *(TABLE, HYPERIQA, "table 2", "repeats_per_distortion"),
        groups=_each("live", "csiq"),
    ),
    Target(
        "hyperiqa/table-3",
        "SROCC on other databases than the one of the training",
        f"{_HYPERIQA}; table 3",
        *(TABLE, HYPERIQA, "table 3", "cross_database"),
        groups=(("clive", "koniq10k", "bid"), ("live", "csiq")),
    ),
    Target(
        "hyperiqa/table-4",
        "D-, L- and P-test on the Waterloo Exploration Database",
        f"{_HYPERIQA}; table 4",
        *(TABLE, HYPERIQA, "table 4", "waterloo"),
        groups=(("live",),),
        note="Trained on all of LIVE. The P-test maps its measures on the material.",
    ),
    Target(
        "hyperiqa/table-5",
        "HyperIQA without its components",
        f"{_HYPERIQA}; table 5",
        *(TABLE, HYPERIQA, "table 5", "ablation"),
        groups=_each("clive", "live"),
    ),
    Target(
        "hyperiqa/figure-4",
        "gMAD competition with GM-LOG and DB-CNN on the Waterloo database",
        f"{_HYPERIQA}; figure 4",
        FIGURE,
    ),
    Target(
        "hyperiqa/figure-5",
        "Generated weights of images, in space",
        f"{_HYPERIQA}; figure 5",
        FIGURE,
    ),
    Target(
        "hyperiqa/figures-2-3",
        "Diagrams of the network and of its local distortion module",
        f"{_HYPERIQA}; figures 2 and 3",
        SKETCH,
    ),
    Target(
        "hyperiqa/demo",
        "Score of the released model for the picture of the demo",
        f"{_HYPERIQA}; last slide",
        FIGURE,
        note="The slide prints 77.37, the mean of ten random crops.",
    ),
    Target(
        "hyperiqa/koniq-databases",
        "Comparison of IQA databases with KonIQ-10k",
        f"{_HYPERIQA}; slide '4.1. Datasets', table 1 of the KonIQ-10k paper",
        *(FACTS, "Hosu et al., TIP 2020", "table 1", "facts"),
    ),
    Target(
        "hyperiqa/waterloo-databases",
        "Comparison of IQA databases with Waterloo Exploration",
        f"{_HYPERIQA}; slide 'Waterloo Exploration Database'",
        *(FACTS, "Ma et al., TIP 2017", "table 1", "facts"),
    ),
    Target(
        "hyperiqa/koniq-indicators",
        "Plots of the attributes of KonIQ-10k, and its score files",
        f"{_HYPERIQA}; slides '4.1. Datasets'",
        FIGURE,
        note="Drawn where the published file of indicators has been prepared.",
    ),
)

TARGETS: dict[str, Target] = {row.key: row for row in _ROWS}
