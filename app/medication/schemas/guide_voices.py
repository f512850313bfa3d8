"""Words spoken for the filming guide."""

from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from app.core.schemas import Input, Output
from app.media.sound import SoundProblem
from app.medication.models import VoiceState, VoiceStep
from app.medication.schemas.recordings import UploadRead


class GuideVoiceCreate(Input):
    """Which step is spoken, and the file to come: MP3, M4A, AAC or WAV, at most 2 MB."""

    step: VoiceStep
    content_type: str = Field(max_length=100)
    size: int = Field(ge=1)


class GuideVoiceTicket(BaseModel):
    """`upload` is null where the storage has it already."""

    voice_id: UUID
    state: VoiceState
    upload: UploadRead | None


class GuideVoiceRead(Output):
    """`words` are those of the step; `sound_url`, while it is ready, is what phones play."""

    voice_id: UUID
    created_at: AwareDatetime
    step: VoiceStep
    words: str
    state: VoiceState
    problem: SoundProblem | None
    duration_ms: int | None
    size: int | None
    ready_at: AwareDatetime | None
    removed_at: AwareDatetime | None
    sound_url: str | None


class PlayedVoice(BaseModel):
    """`voice_id` never names another recording: a phone that has it need not fetch it again."""

    voice_id: UUID
    step: VoiceStep
    size: int
    url: str


class PlayedVoices(BaseModel):
    voices: list[PlayedVoice]
