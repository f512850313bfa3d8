"""Draw the cartoon patient of the demonstration films, layer by layer, with Pillow."""

import random
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT = 480, 640
_FINE = 3  # layers are drawn this much larger and scaled down: that is the anti-aliasing

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]

_SKINS: tuple[Colour, ...] = ((244, 208, 177), (236, 194, 158), (226, 178, 140), (208, 158, 122))
_HAIRS: tuple[Colour, ...] = ((38, 34, 34), (72, 62, 58), (150, 146, 144), (206, 204, 202))
_CLOTHES: tuple[Colour, ...] = (
    (72, 104, 140), (150, 78, 72), (86, 124, 98), (120, 96, 136), (176, 134, 84), (70, 82, 96),
)  # fmt: skip
_WALLS: tuple[Colour, ...] = (
    (240, 222, 194), (232, 214, 186), (226, 220, 200), (238, 212, 188), (218, 222, 210),
)  # fmt: skip
_TABLETS: tuple[Colour, ...] = ((176, 72, 52), (250, 250, 246), (226, 186, 92), (198, 112, 128))
_LIP: Colour = (186, 96, 92)
_TONGUE: Colour = (226, 128, 128)


@dataclass(frozen=True, slots=True)
class Look:
    """What stays the same for one patient at home: face, clothes, room and tablets."""

    skin: Colour
    hair: Colour
    clothes: Colour
    wall: Colour
    tablet: Colour
    glasses: bool
    long_hair: bool
    collar: bool
    window_left: bool
    plant: bool
    head_width: int


def look_of(seed: int) -> Look:
    """Choose the look that belongs to this seed."""
    rng = random.Random(seed)  # noqa: S311  # a drawing, not a secret
    return Look(
        skin=rng.choice(_SKINS),
        hair=rng.choice(_HAIRS),
        clothes=rng.choice(_CLOTHES),
        wall=rng.choice(_WALLS),
        tablet=rng.choice(_TABLETS),
        glasses=rng.random() < 0.4,
        long_hair=rng.random() < 0.45,
        collar=rng.random() < 0.5,
        window_left=rng.random() < 0.5,
        plant=rng.random() < 0.6,
        head_width=rng.randint(164, 184),
    )


def shade(colour: Colour, factor: float) -> Colour:
    """Darken (below one) or lighten (above one) a colour."""
    red, green, blue = (max(0, min(255, round(part * factor))) for part in colour)
    return red, green, blue


class Brush:
    """Draws on a transparent layer in film pixels while holding it at the fine scale."""

    def __init__(self, width: int, height: int) -> None:
        self.size = (width, height)
        self.image = Image.new("RGBA", (width * _FINE, height * _FINE))
        self.draw = ImageDraw.Draw(self.image)

    def oval(self, box: Box, fill: Colour) -> None:
        self.draw.ellipse(_fine(box), fill=fill)

    def block(self, box: Box, fill: Colour, radius: float = 0) -> None:
        self.draw.rounded_rectangle(_fine(box), radius * _FINE, fill=fill)

    def arc(self, box: Box, start: float, end: float, fill: Colour, width: float) -> None:
        self.draw.arc(_fine(box), start, end, fill=fill, width=round(width * _FINE))

    def half(self, box: Box, start: float, end: float, fill: Colour) -> None:
        self.draw.chord(_fine(box), start, end, fill=fill)

    def line(self, box: Box, fill: Colour, width: float) -> None:
        self.draw.line(_fine(box), fill=fill, width=round(width * _FINE))

    def text(self, at: tuple[float, float], text: str, fill: Colour, size: float) -> None:
        font = ImageFont.load_default(size * _FINE)
        place = (at[0] * _FINE, at[1] * _FINE)
        self.draw.text(place, text, fill=fill, font=font, anchor="mm")

    def done(self) -> Image.Image:
        return self.image.resize(self.size, Image.Resampling.BOX)


def _fine(box: Box) -> Box:
    return box[0] * _FINE, box[1] * _FINE, box[2] * _FINE, box[3] * _FINE


def draw_room(look: Look, light: float) -> Image.Image:
    """Draw wall, window, picture and cupboard, lit from the window's side."""
    brush = Brush(WIDTH, HEIGHT)
    brush.block((0, 0, WIDTH, HEIGHT), look.wall)
    brush.block((0, 470, WIDTH, HEIGHT), shade(look.wall, 0.86))
    _window(brush, 34 if look.window_left else 318, look.wall, light)
    _picture(brush, 330 if look.window_left else 46, look)
    if look.plant:
        _plant(brush, 408 if look.window_left else 62)
    room = brush.done().convert("RGB").filter(ImageFilter.GaussianBlur(2.2))
    return _lit_from(room, look.window_left, light)


def _window(brush: Brush, left: float, wall: Colour, light: float) -> None:
    brush.block((left - 8, 52, left + 136, 268), (250, 246, 238), 4)
    brush.block((left, 60, left + 128, 260), shade((206, 228, 240), light), 2)
    brush.oval((left + 10, 176, left + 120, 330), shade((168, 200, 158), light))
    brush.block((left - 8, 256, left + 136, 342), wall)
    brush.block((left - 16, 256, left + 144, 270), (250, 246, 238), 4)
    brush.line((left + 64, 60, left + 64, 260), (250, 246, 238), 6)
    brush.line((left, 156, left + 128, 156), (250, 246, 238), 6)


def _picture(brush: Brush, left: float, look: Look) -> None:
    brush.block((left, 96, left + 100, 196), (134, 96, 66), 3)
    brush.block((left + 8, 104, left + 92, 188), (248, 242, 230))
    brush.oval((left + 22, 122, left + 78, 178), shade(look.clothes, 1.25))


def _plant(brush: Brush, middle: float) -> None:
    for lean in (-34, -14, 12, 32):
        x = middle + lean
        brush.oval((x - 15, 376 - abs(lean) * 0.1, x + 15, 476), (92, 138, 88))
    brush.block((middle - 30, 460, middle + 30, 520), (186, 112, 78), 6)


def _lit_from(room: Image.Image, from_left: bool, light: float) -> Image.Image:
    ramp = Image.linear_gradient("L").rotate(90 if from_left else -90)
    ramp = ramp.resize((WIDTH, HEIGHT)).point([round(60 * (1 - i / 255)) for i in range(256)])
    glow = Image.new("RGB", (WIDTH, HEIGHT), shade((255, 226, 178), light))
    return Image.composite(glow, room, ramp)


def draw_body(look: Look) -> Image.Image:
    """Draw neck and shoulders, 420 by 260."""
    brush = Brush(420, 260)
    brush.block((30, 70, 390, 330), look.clothes, 84)
    brush.oval((140, 48, 280, 122), shade(look.clothes, 0.84))
    brush.block((172, 0, 248, 100), shade(look.skin, 0.9), 30)
    if look.collar:
        brush.line((168, 84, 212, 134), shade(look.clothes, 1.3), 12)
        brush.line((252, 84, 208, 134), shade(look.clothes, 1.3), 12)
    return brush.done()


def draw_head(look: Look, *, blink: bool) -> Image.Image:
    """Draw the head without its mouth, 240 by 290; the mouth belongs at (120, 200)."""
    brush = Brush(240, 290)
    half = look.head_width / 2
    if look.long_hair:
        brush.block((120 - half - 16, 60, 120 + half + 16, 262), shade(look.hair, 0.92), 64)
    brush.oval((120 - half - 14, 116, 120 - half + 18, 172), shade(look.skin, 0.93))
    brush.oval((120 + half - 18, 116, 120 + half + 14, 172), shade(look.skin, 0.93))
    brush.oval((120 - half - 5, 8, 120 + half + 5, 190), look.hair)
    brush.oval((120 - half, 32, 120 + half, 262), look.skin)
    brush.half((120 - half, 14, 120 + half, 118), 180, 360, look.hair)
    for x in (120 - half * 0.52, 120 + half * 0.52):
        brush.oval((x - 20, 168, x + 20, 194), shade(look.skin, 0.965))
        _eye(brush, x * 0.92 + 120 * 0.08, look, blink)
    brush.arc((108, 138, 132, 172), 20, 160, shade(look.skin, 0.78), 3.2)
    return brush.done()


def _eye(brush: Brush, x: float, look: Look, blink: bool) -> None:
    brush.arc((x - 20, 100, x + 20, 124), 205, 335, shade(look.hair, 0.8), 4.5)
    if blink:
        brush.arc((x - 14, 122, x + 14, 144), 15, 165, (70, 52, 46), 3)
    else:
        brush.oval((x - 15, 124, x + 15, 145), (252, 252, 250))
        brush.oval((x - 8, 126, x + 8, 143), (62, 44, 36))
        brush.oval((x - 1, 128, x + 4, 133), (255, 255, 255))
    if look.glasses:
        brush.arc((x - 27, 108, x + 27, 162), 0, 360, (64, 60, 62), 3.4)


def draw_mouth(openness: float, tablets: int, tablet: Colour) -> Image.Image:
    """Draw the mouth, 100 by 90: closed at nought, wide open with the tongue out at one."""
    brush = Brush(100, 90)
    if openness < 0.15:
        brush.arc((26, 12, 74, 42), 20, 160, _LIP, 5)
        return brush.done()
    tall = 12 + 44 * openness
    brush.oval((18, 14, 82, 22 + tall), _LIP)
    brush.oval((23, 19, 77, 16 + tall), (92, 34, 38))
    brush.block((32, 19, 68, 25), (250, 248, 242), 3)
    brush.oval((29, 10 + tall * 0.5, 71, 24 + tall * 1.05), _TONGUE)
    for number in range(tablets):
        x = 50 + (number - (tablets - 1) / 2) * min(12, 34 / tablets)
        brush.oval((x - 6, 8 + tall * 0.75, x + 6, 19 + tall * 0.75), shade(tablet, 0.8))
        brush.oval((x - 6, 7 + tall * 0.75, x + 6, 17 + tall * 0.75), tablet)
    return brush.done()


def draw_palm(look: Look, tablets: int, sleeve: Colour) -> Image.Image:
    """Draw an open palm, 190 by 400, with the day's tablets on it."""
    brush = Brush(190, 400)
    brush.block((52, 192, 146, 440), sleeve, 26)
    brush.block((62, 150, 136, 216), shade(look.skin, 0.96), 24)
    for x, top in ((34, 26), (66, 8), (98, 10), (130, 30)):
        brush.block((x, top, x + 27, 128), shade(look.skin, 0.97), 13)
        brush.line((x + 4, 66, x + 23, 66), shade(look.skin, 0.86), 2)
    brush.block((4, 84, 74, 114), shade(look.skin, 0.95), 15)
    brush.block((32, 78, 160, 192), look.skin, 46)
    brush.arc((50, 100, 128, 190), 190, 280, shade(look.skin, 0.86), 2.4)
    for middle, y in _spots(tablets):
        brush.oval((middle - 12, y - 7, middle + 12, y + 11), shade(look.tablet, 0.72))
        brush.oval((middle - 12, y - 10, middle + 12, y + 8), look.tablet)
        brush.line((middle - 7, y - 1, middle + 7, y - 1), shade(look.tablet, 0.88), 1.6)
    return brush.done()


def _spots(tablets: int) -> list[tuple[float, float]]:
    columns = 2 if tablets <= 4 else 3
    return [
        (98 + (number % columns - (columns - 1) / 2) * 30, 118 + number // columns * 25)
        for number in range(tablets)
    ]


def draw_glass(look: Look, sleeve: Colour) -> Image.Image:
    """Draw a hand holding a glass of water, 190 by 400, its rim at (95, 20)."""
    brush = Brush(190, 400)
    brush.block((68, 168, 154, 440), sleeve, 26)
    brush.block((58, 14, 132, 142), (226, 238, 244), 10)
    brush.block((64, 52, 126, 136), (176, 210, 228), 8)
    brush.line((70, 24, 70, 124), (250, 253, 255), 4)
    brush.block((74, 110, 150, 186), look.skin, 26)
    for y in (78, 98, 118):
        brush.block((82, y, 150, y + 18), shade(look.skin, 0.95), 9)
    return brush.done()


def draw_card(code: str) -> Image.Image:
    """Draw the paper with the code of the day, 132 by 66."""
    brush = Brush(132, 66)
    brush.block((2, 4, 130, 65), (190, 182, 168), 8)
    brush.block((2, 1, 130, 62), (255, 254, 249), 8)
    brush.text((66, 32), code, (32, 36, 44), 40)
    return brush.done()
