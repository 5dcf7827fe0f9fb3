"""service-info 1.0.0 (GA4GH Discovery): one description for every door, which each adds its own part to."""

from typing import TYPE_CHECKING, Any, Final

from embla import __version__

if TYPE_CHECKING:
    from embla.platform import House

# Artifact -> version of the standard that its door speaks.
DOORS: Final = {"beacon": "2.2.0", "drs": "1.5.0", "htsget": "1.3.1", "refget": "2.0.0"}
_NAMES: Final = {"beacon": "Beacon", "drs": "files", "htsget": "reads and variants", "refget": "reference sequences"}


def service_info(house: "House", artifact: str) -> dict[str, Any]:
    """What a door says of itself. `contactUrl` and `documentationUrl` only where the settings have them."""
    settings = house.settings
    told: dict[str, Any] = {
        "id": f"{settings.node_id}.{artifact}",
        "name": f"{settings.node_name}: {_NAMES[artifact]}",
        "type": {"group": "org.ga4gh", "artifact": artifact, "version": DOORS[artifact]},
        "organization": {"name": settings.node_organisation, "url": settings.node_url},
        "version": __version__,
        "environment": "test" if settings.demo else "prod",
    }
    if settings.node_contact:
        told["contactUrl"] = settings.node_contact
    return told
