"""Writes the list of `results.md` from the registry of tables and figures.

python docs/write_results.py
"""

from pathlib import Path

from tfiqa.reproduction import listing
from tfiqa.reproduction import plans
from tfiqa.reproduction import states
from tfiqa.reproduction.targets import TARGETS

PATH = Path(__file__).with_name("results.md")
MARKS = "<!-- list -->", "<!-- end of list -->"
HEADING = ("name", "what", "source", "numbers", "plans tried", "size")


def table() -> str:
    """Returns the list of all tables and figures, as Markdown."""
    tried = states.read_tried(states.TRIED)
    lines = [f"| {' | '.join(HEADING)} |", f"| {' | '.join(['---'] * len(HEADING))} |"]
    for key, target in TARGETS.items():
        jobs = plans.jobs(target)
        names = {job.plan for job in jobs}
        green = sum(states.is_tried(name, tried) for name in names)
        cells = [
            *(f"`{key}`", target.title, target.document),
            str(len(target.numbers()) or ""),
            f"{green} of {len(names)}" if names else target.kind,
            listing.size(jobs) if jobs else "",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def written(text: str) -> str:
    """Returns the page with the list as it is now."""
    before, _, rest = text.partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    return f"{before}{MARKS[0]}\n{table()}\n{MARKS[1]}{after}"


if __name__ == "__main__":
    PATH.write_text(written(PATH.read_text("utf-8")), "utf-8")
