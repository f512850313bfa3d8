"""What comes in and goes out about accounts."""

from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
)

# As typed by people in a hurry: a capital letter, a gap in the six digits.
Username = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(str.lower)]
OneTimeCode = Annotated[
    str, BeforeValidator(lambda typed: str(typed).replace(" ", "")), Field(pattern=r"^[0-9]{6}$")
]


Purpose = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]


class ConsentDocumentRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    purpose: Purpose
    version: str
    title: str
    paragraphs: list[str]
    required: bool


class ConsentAccepted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    purpose: Purpose
    version: str = Field(max_length=40)


class ConsentsAccept(BaseModel):
    model_config = ConfigDict(extra="forbid")

    accepted: list[ConsentAccepted] = Field(min_length=1, max_length=10)


class ConsentRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    purpose: Purpose
    version: str
    accepted_at: AwareDatetime = Field(validation_alias="created_at")
    withdrawn_at: AwareDatetime | None


class LoginForm(BaseModel):
    username: Username
    password: str = Field(min_length=1, max_length=200)
    code: OneTimeCode
    next: str = ""


class FirstPasswordForm(BaseModel):
    ticket: str
    password: str = Field(min_length=1, max_length=200)
    repeated: str = Field(min_length=1, max_length=200)
    next: str = ""


class LinkForm(BaseModel):
    link_password: str = Field(min_length=1, max_length=200)


class PasswordForm(BaseModel):
    present: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=200)
    repeated: str = Field(min_length=1, max_length=200)
