"""What comes in and goes out about accounts."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.accounts.models import ConsentPurpose

Username = Annotated[str, Field(min_length=1, max_length=64)]


class ConsentDocumentRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    purpose: ConsentPurpose
    version: str
    title: str
    paragraphs: list[str]
    required: bool


class ConsentAccepted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    purpose: ConsentPurpose
    version: str = Field(max_length=40)


class ConsentsAccept(BaseModel):
    model_config = ConfigDict(extra="forbid")

    accepted: list[ConsentAccepted] = Field(min_length=1, max_length=10)


class ConsentRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    purpose: ConsentPurpose
    version: str
    accepted_at: AwareDatetime = Field(validation_alias="created_at")
    withdrawn_at: AwareDatetime | None


class LoginForm(BaseModel):
    username: Username
    password: str = Field(min_length=1, max_length=200)
    code: str = Field(pattern=r"^\d{6}$")
    next: str = ""


class FirstPasswordForm(BaseModel):
    ticket: str
    password: str = Field(min_length=1, max_length=200)
    repeated: str = Field(min_length=1, max_length=200)
    next: str = ""


class PasswordForm(BaseModel):
    present: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=200)
    repeated: str = Field(min_length=1, max_length=200)
