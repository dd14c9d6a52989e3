"""One picture made of another: decoded, turned upright, scaled down, written anew without anything but its pixels.

Pure functions on bytes, which others have made, with malice perhaps. So they run in a process of their own, which may
neither take much nor know a secret (`server.picture_worker`); nothing else of the application imports this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, Final, TypeVar

from PIL import AvifImagePlugin, Image, ImageCms, UnidentifiedImageError, WebPImagePlugin
from PIL.Image import Resampling, Transpose

from server.picture_choice import AVIF, JPEG, PNG, SVG, WEBP
from server.picture_jobs import BadPictureError, Facts
from server.picture_svg import check_svg, looks_like_svg

T = TypeVar("T")

#: Odoo itself takes no picture of more (``IMAGE_MAX_RESOLUTION``, 13.0 and later)
MOST_PIXELS: Final = 50_000_000
#: what is decoded, and as what it is written for whoever takes no newer kind; of an animation its first frame
_WRITTEN_AS: Final[Mapping[str, str]] = {
    "JPEG": JPEG,
    "MPO": JPEG,
    "PNG": PNG,
    "GIF": PNG,
    "BMP": PNG,
    "WEBP": WEBP,
    "AVIF": AVIF,
}
_DECODED: Final = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP")
#: of the newer kinds about what JPEG has at 82, at a fraction of what their slowest encoding takes
_WRITING: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    JPEG: ("JPEG", {"quality": 82, "optimize": True, "progressive": True}),
    PNG: ("PNG", {}),
    WEBP: ("WEBP", {"quality": 80, "method": 2}),
    AVIF: ("AVIF", {"quality": 60, "speed": 8, "max_threads": 1}),
}
_ORIENTATION: Final = 0x0112
_UPRIGHT: Final[Mapping[int, Transpose]] = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
#: orientations that exchange width and height
_LYING: Final = frozenset({5, 6, 7, 8})
_MOST_PROFILE: Final = 4 * 1024 * 1024
_WHITE: Final = (255, 255, 255)

# with those that are always loaded, all that is used: what is not loaded decodes nothing
_PLUGINS: Final = (AvifImagePlugin, WebPImagePlugin)
Image.preinit()
# our own bound is checked before anything is decoded; the library's would only warn
Image.MAX_IMAGE_PIXELS = None


def inspect(content: bytes) -> Facts:
    """What the bytes are a picture of, by their heads alone. Raises BadPictureError."""
    if looks_like_svg(content):
        check_svg(content)
        return Facts(media=SVG)
    image = _guarded(lambda: _opened(content))
    width, height = image.size
    if _orientation(image) in _LYING:
        width, height = height, width
    return Facts(media=_WRITTEN_AS[str(image.format)], width=width, height=height)


def make(content: bytes, side: int, media: str) -> bytes:
    """The picture with a longer side of ``side`` pixels, or as large as it is, as ``media``.

    Raises BadPictureError. A drawing (SVG) is left as it is.
    """
    if media == SVG:
        check_svg(content)
        return content
    return _guarded(lambda: _made(content, side, media))


def _guarded(work: Callable[[], T]) -> T:
    """What is broken makes decoders raise nearly anything."""
    try:
        return work()
    except BadPictureError:
        raise
    except MemoryError as error:
        raise BadPictureError("it takes too much memory") from error
    except Exception as error:  # SyntaxError, struct.error, OverflowError, zlib.error ...
        raise BadPictureError(f"it is damaged: {error}"[:200]) from error


def _opened(content: bytes) -> Image.Image:
    try:
        image = Image.open(BytesIO(content), formats=_DECODED)
    except UnidentifiedImageError as error:
        raise BadPictureError("it is no picture of a kind that is shown") from error
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise BadPictureError(f"it has too many pixels: {width} x {height}")
    return image


def _orientation(image: Image.Image) -> int:
    """1 to 8, as EXIF tells it; what cannot be read tells nothing."""
    try:
        found = image.getexif().get(_ORIENTATION)
    except Exception:  # noqa: BLE001  # as `_guarded`; and the picture may be sound
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1  # see above


def _made(content: bytes, side: int, media: str) -> bytes:
    image = _opened(content)
    turned = _UPRIGHT.get(_orientation(image))
    profile = image.info.get("icc_profile")
    if image.format not in {"JPEG", "MPO"}:  # those are decoded no larger than they are needed
        image = _plain(image)
    image.thumbnail((side, side), Resampling.LANCZOS, reducing_gap=2.0)
    image = _in_srgb(image, profile)
    if turned is not None:
        image = image.transpose(turned)
    written = BytesIO()
    image = _for(media, image)
    image.info.clear()  # comments, positions, profiles, thumbnails: some are written if they are there
    kind, how = _WRITING[media]
    image.save(written, kind, **how)
    return written.getvalue()


def _plain(image: Image.Image) -> Image.Image:
    """The first frame in a mode that can be scaled: grey, colours, or colours with transparency; 8 bits of each."""
    image.load()
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode.startswith("I"):  # 16 bits of grey: others would cut off what is brighter than 255
        return image.point(lambda value: value * (1 / 256)).convert("L")
    return image.convert("L" if image.mode in {"1", "L"} else "RGB")


def _in_srgb(image: Image.Image, profile: object) -> Image.Image:
    """In the colours that everybody shows; a profile that is broken or of other colours is passed over."""
    if isinstance(profile, bytes) and 0 < len(profile) <= _MOST_PROFILE:
        try:
            given = ImageCms.ImageCmsProfile(BytesIO(profile))
            mode = "RGBA" if image.mode == "RGBA" else "RGB"
            turned = ImageCms.profileToProfile(image, given, ImageCms.createProfile("sRGB"), outputMode=mode)
            image = image if turned is None else turned
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return image if image.mode in {"L", "RGB", "RGBA"} else image.convert("RGB")


def _for(media: str, image: Image.Image) -> Image.Image:
    """Without transparency where nothing is transparent, or the kind has none."""
    if image.mode != "RGBA":
        return image
    if image.getchannel("A").getextrema() == (255, 255):
        return image.convert("RGB")
    if media != JPEG:
        return image
    ground = Image.new("RGB", image.size, _WHITE)
    ground.paste(image, mask=image.getchannel("A"))
    return ground
