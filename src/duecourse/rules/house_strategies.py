"""The strategies that come with the house, as their files have them."""

from importlib.resources import files


def texts() -> dict[str, str]:
    """Each strategy of the house by name."""
    folder = files("duecourse.rules").joinpath("house/strategies")
    return {
        place.name.removesuffix(".json"): place.read_text(encoding="utf-8")
        for place in sorted(folder.iterdir(), key=lambda place: place.name)
        if place.name.endswith(".json")
    }
