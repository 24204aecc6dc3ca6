"""How a batch is cut: over devices, into parts, and into groups of statistics.

A device holds its share of the rows of a batch. Its network sees one part of them at a
time, which bounds memory; batch normalization uses the statistics of one group at a
time, which decides results.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Cut:
    """The cut of a batch on one device.

    Attributes:
        rows: Number of rows, such as crops, of a device.
        part: Number of rows that its network sees at once; divides `rows`.
        group: Number of consecutive rows with common statistics; divides `part`.
        replicas: Number of devices.
    """

    rows: int
    part: int
    group: int
    replicas: int = 1

    @property
    def micro_batch(self) -> int | None:
        """The rows of a part; `None` if the network sees all rows at once."""
        return self.part if self.part < self.rows else None

    @property
    def bn_group(self) -> int | None:
        """The rows of a group; `None` if a part is one group."""
        return self.group if self.group < self.part else None

    @property
    def synchronized(self) -> bool:
        """Whether statistics of all replicas may be common: if no batch is cut."""
        return self.replicas > 1 and self.group == self.rows

    def describe(self) -> str:
        """Returns a line for people, or an empty text if nothing is cut."""
        if self.group == self.rows:
            return ""
        parts = self.rows // self.part
        line = f"each device: {self.rows:,} crops of a batch"
        if parts > 1:
            line += f" in {parts:,} parts of {self.part:,}"
        return f"{line}, batch normalization over {self.group:,} of them"


def cut(
    rows: int,
    micro_batch: int | None = None,
    *,
    replicas: int = 1,
    bn_groups: int = 1,
    prefix: str = "",
) -> Cut:
    """Returns the cut of a batch.

    Parts are equal: as large as possible, but not larger than `micro_batch`. If a group
    is larger than a part, the part is a group by itself.

    Args:
        rows: Number of rows of a batch, over all replicas; a multiple of `replicas`.
        micro_batch: The largest number of rows that a network sees at once on one
            device; `None` for all.
        replicas: Number of devices that share a batch.
        bn_groups: Number of groups of a batch, over all replicas. A replica has at
            least one.
        prefix: What the names of the fields begin with, for errors.

    Example:
        >>> cut(15168, 100, replicas=8)
        Cut(rows=1896, part=79, group=79, replicas=8)

    Raises:
        ValueError: If a batch cannot be cut that way; names the settings that can.
    """
    own = rows // replicas
    # More devices than groups are as many groups.
    group = rows // max(bn_groups, replicas)
    if group * max(bn_groups, replicas) != rows or own % group:
        raise ValueError(
            f"`{prefix}bn_groups` must divide the {rows:,} crops of a batch, and be a "
            f"multiple of the {replicas} devices or less. "
            f"Received: {prefix}bn_groups={bn_groups}"
        )
    if micro_batch is None or micro_batch >= own:
        return Cut(own, own, group, replicas)
    sizes = [
        size
        for size in range(1, own + 1)
        if own % size == 0 and (size % group == 0 or group % size == 0)
    ]
    part = max(size for size in sizes if size <= micro_batch)
    # The statistics of very few rows are noise, and many small parts take long.
    if part < micro_batch / 2:
        above = min(size for size in sizes if size > micro_batch)
        raise ValueError(
            f"`micro_batch` must allow equal parts of the {own:,} crops of a device, "
            f"such as micro_batch={part} or micro_batch={above}. "
            f"Received: micro_batch={micro_batch}"
        )
    return Cut(own, part, min(part, group), replicas)
