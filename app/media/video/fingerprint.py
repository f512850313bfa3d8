"""Recognise an earlier film, also when it was trimmed, re-encoded or scaled.

One person films in one room every day: single pictures of different days look alike, so a hash
of frames cannot tell them apart. What only a replay repeats is the movement: how the brightness
of each of 8 x 8 cells changes from one half second to the next. Two films slide over each other;
at the best place these changes are correlated, and a difference of the mean pictures (the camera
stood elsewhere) counts against them.

Measured on drawn films of one patient in one room, and on copies of them made smaller, larger,
coarser, noisier, darker, slower in frames and trimmed down to three seconds: see the test, which
holds the threshold between the two.
"""

import zlib

import numpy as np
import numpy.typing as npt

CELLS = 8
SAMPLE_SECONDS = 0.25
NEAR_DUPLICATE = 0.82

_VERSION = b"\x01"
_LAG = 2  # samples: a change is taken over half a second
_LEAST_OVERLAP = 0.7  # of the shorter film
_LEAST_SAMPLES = 10  # with the lag, three seconds
_NOISE_POWER = 32.0  # of 64 cells: keeps two still films from matching by their grain
_COST_OF_A_LEVEL = 0.015  # for each grey level by which the mean pictures differ

_Cells = npt.NDArray[np.float32]
_Bytes = npt.NDArray[np.uint8]


def pack(cells: _Bytes) -> bytes:
    """Store a version byte, then 64 brightness bytes a sample, as differences and deflated."""
    flat = cells.reshape(-1, CELLS * CELLS)
    steps = np.diff(flat, axis=0, prepend=np.zeros((1, CELLS * CELLS), np.uint8))
    return _VERSION + zlib.compress(steps.tobytes())


def similarity(a: bytes, b: bytes) -> float:
    """Compare the movement of two films at their best alignment: near one for a replay."""
    first, second = _unpack(a), _unpack(b)
    if min(len(first), len(second)) < _LEAST_SAMPLES + _LAG:
        return 0.0
    halfway = (second[1:] + second[:-1]) * np.float32(0.5)  # a cut seldom falls between samples
    return max(0.0, _aligned(first, second), _aligned(first, halfway))


def is_near_duplicate(a: bytes, b: bytes) -> bool:
    return similarity(a, b) >= NEAR_DUPLICATE


def _unpack(fingerprint: bytes) -> _Cells:
    if fingerprint[:1] != _VERSION:
        return np.zeros((0, CELLS * CELLS), np.float32)
    steps = np.frombuffer(zlib.decompress(fingerprint[1:]), np.uint8)
    cells: _Bytes = np.cumsum(steps.reshape(-1, CELLS * CELLS), axis=0, dtype=np.uint8)
    return cells.astype(np.float32)


def _aligned(a: _Cells, b: _Cells) -> float:
    """Score every shift of `b` along `a` at once; judge the pictures at the best one."""
    change_a, change_b = a[_LAG:] - a[:-_LAG], b[_LAG:] - b[:-_LAG]
    shorter = min(len(change_a), len(change_b))
    least = min(shorter, max(_LEAST_SAMPLES, int(_LEAST_OVERLAP * shorter)))
    shifts = np.arange(least - len(change_b), len(change_a) - least + 1)
    start = np.maximum(shifts, 0)
    end = np.minimum(shifts + len(change_b), len(change_a))
    floor = _NOISE_POWER * (end - start)
    power_a = _power(change_a, start, end) + floor
    power_b = _power(change_b, start - shifts, end - shifts) + floor
    scores = _products(change_a, change_b, shifts) / np.sqrt(power_a * power_b)
    best = int(np.argmax(scores))
    here = slice(start[best], end[best] + _LAG)
    there = slice(start[best] - shifts[best], end[best] - shifts[best] + _LAG)
    return float(scores[best]) - _COST_OF_A_LEVEL * _difference(a[here], b[there])


def _power(
    change: _Cells, start: npt.NDArray[np.int64], end: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Sum the squares of all changes within each window."""
    sums = np.concatenate([[0.0], np.cumsum((change**2).sum(axis=1, dtype=np.float64))])
    return np.asarray(sums[end] - sums[start])


def _products(a: _Cells, b: _Cells, shifts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Sum a[i] * b[i - shift] for every shift: a transform, as BLAS threads would cost more."""
    size = 1 << (len(a) + len(b)).bit_length()
    spectrum = np.fft.rfft(a, size, axis=0) * np.fft.rfft(b, size, axis=0).conj()
    return np.asarray(np.fft.irfft(spectrum.sum(axis=1), size)[shifts], dtype=np.float64)


def _difference(a: _Cells, b: _Cells) -> float:
    """Give the grey levels between two mean pictures once light and contrast are evened out."""
    one, other = a.mean(axis=0), b.mean(axis=0)
    one, other = one - one.mean(), other - other.mean()
    gain = (one @ other) / max(float(other @ other), 1.0)
    return float(np.sqrt(np.mean((one - gain * other) ** 2)))
