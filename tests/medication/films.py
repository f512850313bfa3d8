"""What the video work hands over about a film, where no real film is needed."""

from app.medication.service.recordings import Processed

PROCESSED = Processed(
    film_key="films/kept/film.mp4",
    poster_key="stills/kept/poster.jpg",
    sheet_key="stills/kept/sheet.jpg",
    duration_ms=20_000,
    width=480,
    height=640,
    fingerprint=b"",
    flags=[],
)
