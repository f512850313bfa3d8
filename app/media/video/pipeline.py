"""Look at one film from beginning to end; runs in the child process only."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.video.stream import VideoStream

from app.media.video import fingerprint, normalising, opening, tracks
from app.media.video.complaints import claims_huge_picture
from app.media.video.containers import Layout, read_layout
from app.media.video.decoding import Decoder
from app.media.video.limits import VideoLimits
from app.media.video.metadata import is_bare
from app.media.video.normalising import Handling, Plan
from app.media.video.orientation import Orientation, Pixels
from app.media.video.problems import VideoFlag, VideoProblem, VideoRejected
from app.media.video.report import VideoReport
from app.media.video.stills import write_poster, write_sheet
from app.media.video.watching import Watcher

_DARK_LUMA = 38
_SHORT_MS = 7_900  # eight seconds, as clocks of containers count them
_STILL_CHANGE = 0.002  # of the brightness, from one sample to the next
_LEAST_LUMA = 16.0
_SPARE_MS = 1_500  # how much less than declared may still be whole
_MOST_BROKEN = 0.1


@dataclass(frozen=True, slots=True)
class _Watched:
    """What one pass over the whole film told."""

    duration_ms: int
    width: int
    height: int
    codec: str
    has_audio: bool
    orientation: Orientation
    watcher: Watcher
    plan: Plan


def examine(source: Path, workdir: Path, limits: VideoLimits) -> VideoReport:
    """Reject the film, or write its playable form, poster and sheet into `workdir`."""
    size = source.stat().st_size
    if size == 0:
        raise VideoRejected(VideoProblem.EMPTY)
    if size > limits.max_bytes:
        raise VideoRejected(VideoProblem.TOO_LARGE)
    layout = read_layout(source)
    watched = _watch_or_explain(source, layout, limits)
    playable = source
    width, height = watched.width, watched.height
    if not (watched.plan.keep and is_bare(source)):
        playable = workdir / "playable.mp4"
        width, height = _rewrite(source, layout, limits, watched, playable)
    return _report(source, workdir, watched, playable, width, height)


def _watch_or_explain(source: Path, layout: Layout, limits: VideoLimits) -> _Watched:
    try:
        return _watch(source, layout, limits)
    except VideoRejected as rejected:
        undecodable = rejected.problem is VideoProblem.UNDECODABLE
        if undecodable and claims_huge_picture(source, layout, limits):
            raise VideoRejected(VideoProblem.TOO_MANY_PIXELS) from rejected
        raise


def _watch(source: Path, layout: Layout, limits: VideoLimits) -> _Watched:
    with opening.open_film(source, layout, limits) as film:
        video = opening.pick_video(film, limits)
        decoder, watcher = Decoder(film, video, limits), Watcher()
        orientation = size = None
        for shown in decoder.shown():
            orientation = orientation or Orientation.of(shown.frame)
            size = size or orientation.size(shown.frame.width, shown.frame.height)
            watcher.see(shown, orientation)
        _check_whole(film, video, decoder, limits)
        if orientation is None or size is None:
            raise VideoRejected(VideoProblem.UNDECODABLE)
        audio = normalising.audio_of(film)
        intact = decoder.broken_packets == 0
        plan = normalising.plan_for(
            layout, video, audio, upright=orientation.upright, intact=intact
        )
        codec = video.codec_context.codec.canonical_name
        return _Watched(
            decoder.duration_ms, *size, codec, audio is not None, orientation, watcher, plan
        )


def _check_whole(
    film: InputContainer, video: VideoStream, decoder: Decoder, limits: VideoLimits
) -> None:
    if not decoder.frames or decoder.broken_packets > _MOST_BROKEN * decoder.packets:
        raise VideoRejected(VideoProblem.UNDECODABLE)
    declared = opening.declared_ms(film, video)
    if declared and decoder.duration_ms + _SPARE_MS < declared * (1 - _MOST_BROKEN):
        raise VideoRejected(VideoProblem.TRUNCATED)
    if decoder.duration_ms < limits.min_ms:
        raise VideoRejected(VideoProblem.TOO_SHORT)


def _rewrite(
    source: Path, layout: Layout, limits: VideoLimits, watched: _Watched, path: Path
) -> tuple[int, int]:
    """Write the film anew and say how large its pictures are."""
    plan = watched.plan
    width, height = watched.width, watched.height
    if plan.video is Handling.ENCODE:
        width, height = normalising.normal_size(width, height)
    with opening.open_film(source, layout, limits) as film, tracks.open_mp4(path) as out:
        video, audio = opening.pick_video(film, limits), normalising.audio_of(film)
        carried: dict[int, tracks.Track] = {}
        if plan.video is Handling.COPY:
            carried[video.index] = tracks.CopiedTrack(out, video)
        else:
            carried[video.index] = tracks.EncodedPicture(out, watched.orientation, width, height)
        if audio is not None:
            carried[audio.index] = _sound_track(out, audio, plan)
        tracks.carry(film, carried)
    return width, height


def _sound_track(out: OutputContainer, audio: AudioStream, plan: Plan) -> tracks.Track:
    if plan.audio is Handling.COPY:
        return tracks.CopiedTrack(out, audio)
    return tracks.EncodedSound(out, audio)


def _report(
    source: Path, workdir: Path, watched: _Watched, playable: Path, width: int, height: int
) -> VideoReport:
    poster, sheet = workdir / "poster.jpg", workdir / "sheet.jpg"
    stills, duration_s = watched.watcher.stills, watched.duration_ms / 1000
    write_poster(stills, duration_s, poster)
    write_sheet(stills, duration_s, sheet)
    cells = watched.watcher.cells()
    return VideoReport(
        duration_ms=watched.duration_ms,
        width=width,
        height=height,
        codec=watched.codec,
        has_audio=watched.has_audio,
        size=source.stat().st_size,
        sha256=_sha256(source),
        normalised=playable != source,
        playable=playable,
        playable_size=playable.stat().st_size,
        playable_sha256=_sha256(playable),
        poster=poster,
        sheet=sheet,
        flags=_flags(watched.duration_ms, cells),
        fingerprint=fingerprint.pack(cells),
    )


def _flags(duration_ms: int, cells: Pixels) -> tuple[VideoFlag, ...]:
    """Raise what sorts the review queue; a person decides."""
    luma = cells.astype(np.float32)
    brightness = float(np.median(luma.mean(axis=(1, 2))))
    change = float(np.abs(np.diff(luma, axis=0)).mean()) / max(brightness, _LEAST_LUMA)
    found = {
        VideoFlag.DARK: brightness < _DARK_LUMA,
        VideoFlag.SHORT: duration_ms < _SHORT_MS,
        VideoFlag.NO_MOTION: change < _STILL_CHANGE,
    }
    return tuple(flag for flag, raised in found.items() if raised)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
