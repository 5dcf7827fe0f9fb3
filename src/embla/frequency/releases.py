"""Which releases there are, and opening one. A release is a row, an event and a folder, made by `cutting.py`."""

from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, Final

from sqlalchemy import Row, select

from embla.errors import NotFound
from embla.frequency import tables
from embla.frequency.files.release import ReleaseFiles
from embla.frequency.ground import sources_of
from embla.frequency.model.answers import ReleaseInfo
from embla.frequency.model.cohorts import TOTAL
from embla.storage import Folder

if TYPE_CHECKING:
    from embla.platform import House

FOLDER: Final = "releases"
# Opened releases of this process by home, number and digest: their files never change.
_OPENED: dict[tuple[str, str, str], "Release"] = {}
_MOST_OPENED: Final = 16
# The newest release by home, and when it was looked up: every open question asks for it.
_NEWEST: dict[tuple[str, str], tuple[float, "Release"]] = {}
_LOOK_AGAIN: Final = 1.0


class Release:
    """One release: what it is (`info`), and its files (exact numbers, to be suppressed before they leave).

    `own` are the files that were written for it; `files` those that hold its total, which may be an earlier release's.
    """

    def __init__(self, info: ReleaseInfo, own: ReleaseFiles, sources: "Mapping[str, Release]") -> None:
        self.info, self.own, self._sources = info, own, sources

    def __repr__(self) -> str:
        return f"Release({self.info.number!r})"

    @property
    def files(self) -> ReleaseFiles:
        """The files of the total."""
        return self.source(TOTAL).own

    def source(self, part: str) -> "Release":
        """The release that cut the numbers of a part: the total, or a table."""
        return self._sources.get(part, self)


class Releases:
    """The releases of a home, newest first."""

    def __init__(self, house: "House") -> None:
        self.house = house

    def list(self) -> list[ReleaseInfo]:
        """Every release, newest first."""
        with self.house.database.reading() as connection:
            rows = connection.execute(
                select(tables.releases).order_by(tables.releases.c.year.desc(), tables.releases.c.serial.desc())
            ).all()
        return [self._open(row).info for row in rows]

    def fresh(self) -> Release | None:
        """The newest release where it was looked up within a second, else None. Asks nobody."""
        place = (str(self.house.settings.home), self.house.settings.database_url)
        looked, release = _NEWEST.get(place, (0.0, None))
        return release if monotonic() - looked < _LOOK_AGAIN else None

    def latest(self) -> Release | None:
        """The newest release, None before the first. What another process cuts is seen within a second."""
        release = self.fresh()
        if release is not None:
            return release
        place = (str(self.house.settings.home), self.house.settings.database_url)
        with self.house.database.reading() as connection:
            row = connection.execute(
                select(tables.releases)
                .order_by(tables.releases.c.year.desc(), tables.releases.c.serial.desc())
                .limit(1)
            ).one_or_none()
        if row is None:
            return None
        release = self._open(row)
        while len(_NEWEST) >= _MOST_OPENED and place not in _NEWEST:
            _NEWEST.pop(next(iter(_NEWEST)), None)
        _NEWEST[place] = (monotonic(), release)
        return release

    def get(self, number: str | None = None) -> Release:
        """A release by its number, the newest for None. Raises NotFound."""
        if number is None:
            latest = self.latest()
            if latest is None:
                raise NotFound("There is no release yet.", mend="`embla frequency release cut` makes the first.")
            return latest
        with self.house.database.reading() as connection:
            row = connection.execute(select(tables.releases).where(tables.releases.c.number == number)).one_or_none()
        if row is None:
            # Known numbers are public; what was asked for is not repeated, it may be anything.
            known = ", ".join(info.number for info in self.list()[:5]) or "none yet"
            raise NotFound("There is no such release.", mend=f"Newest: {known}.")
        return self._open(row)

    def _open(self, row: "Row[tuple[object, ...]]") -> Release:
        key = (str(self.house.home), row.number, row.digest)
        found = _OPENED.get(key)
        if found is None:
            own = ReleaseFiles(release_folder(self.house), row.number, row.digest)
            with self.house.database.reading() as connection:
                parts = sources_of(connection, row.number)
            sources = {part: self.get(number) for part, number in parts.items() if number != row.number}
            found = Release(_info(row, own, sources, parts), own, sources)
            while len(_OPENED) >= _MOST_OPENED:
                _OPENED.pop(next(iter(_OPENED)), None)
            _OPENED[key] = found
        return found


def look_again(house: "House") -> None:
    """A release was cut: the next question looks for the newest."""
    _NEWEST.pop((str(house.settings.home), house.settings.database_url), None)


def release_folder(house: "House") -> Folder:
    """Where the releases' files lie."""
    return Folder(house.home / FOLDER)


def _info(
    row: "Row[tuple[object, ...]]", own: ReleaseFiles, sources: "Mapping[str, Release]", parts: Mapping[str, str]
) -> ReleaseInfo:
    """People, variants and state of the store are those of the total, wherever that was cut; the threshold is the
    stricter of both."""
    about = own.about
    total = sources.get(TOTAL)
    files = total.own if total is not None else own
    people_by: dict[str, dict[str, int]] = {}
    for stratum in files.strata[1:]:
        if stratum.by not in sources or sources[stratum.by].own is files:
            people_by.setdefault(stratum.by, {})[stratum.value] = stratum.people
    for by, source in sources.items():
        for stratum in source.own.strata[1:]:
            if stratum.by == by:
                people_by.setdefault(by, {})[stratum.value] = stratum.people
    at = total.info if total is not None else None
    return ReleaseInfo(
        number=row.number,
        cut_at=row.cut_at,
        people=at.people if at else row.people,
        policy=at.policy if at else row.policy,
        manifest_number=at.manifest_number if at else row.manifest_number,
        manifest_digest=at.manifest_digest if at else row.manifest_digest,
        cohort=about["cohort"],
        expression=about["expression"],
        groups=tuple(by for by in about["groups"] if by in people_by),
        threshold=max(about["threshold"], at.threshold) if at else about["threshold"],
        digest=row.digest,
        variants=sum(file["carried"] for file in files.about["files"].values()),
        people_by=people_by,
        numbers_from=dict(parts),
        step=about.get("step", 1),
    )


def threshold(house: "House", chosen: Release) -> int:
    """The strictest of the release's own threshold, that of the release whose total it shows, and today's setting.
    Every door takes this one: none shows a total that the variant's own page hides."""
    return max(chosen.info.threshold, chosen.source(TOTAL).info.threshold, house.settings.suppress_below)
