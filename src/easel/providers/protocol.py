"""How easel talks to a provider's code.

A provider is a generator: it yields what it needs from the world, is sent the answer, and returns
the images. It does no I/O itself, so a test drives it by hand, and the driver (`images.driver`)
owns everything that providers have in common. A failed step is thrown in as `UpstreamFailure`,
which a provider may let pass: the driver knows what it means. A job that is given up is thrown in
as `Abandoned`, once; a provider that can cancel its work upstream catches it, does so, and raises.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from easel.platform.buffers import Answer, Buffer, LongText
from easel.platform.calls import Event, EventStream, HttpAnswer, HttpCall, ModelCall


class Options(BaseModel):
    """What a model's card tells its provider's code, in the card's table `options`.

    A provider whose code reads options declares a subclass and names it in its `Provider`. A
    misspelt key or a value of the wrong type fails when the Worker starts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


AnyOptions = TypeVar("AnyOptions", bound=Options)


@dataclass(frozen=True)
class Attempt:
    """One call of one provider.

    Attributes:
        model: the provider's own id of the model.
        prompt: what to make.
        parameters: everything else, under the provider's own names; images are `Attachment`s.
        task: `generate`, `edit` or `vary`.
        count: how many images to make, at most as many as the model's card says of a call.
        as_form: whether the model takes a form instead of JSON.
        options: the options of the model's card, in the provider's own type.
        base_urls: where the provider is, by the setting that may name another place, without a
            trailing slash.
        response_format: in which form the provider is asked for images; None where it cannot be.
        partial_images: how many partial images are wanted; None where the answer is not streamed.
        nonce: a random name for the attempt, where a protocol needs one that nobody else has.
    """

    model: str
    prompt: str
    parameters: Mapping[str, object]
    task: str = "generate"
    count: int = 1
    as_form: bool = False
    options: Options = field(default_factory=Options)
    base_urls: Mapping[str, str] = field(default_factory=dict)
    response_format: str | None = None
    partial_images: int | None = None
    nonce: str = ""

    @property
    def base_url(self) -> str:
        """The first of the base URLs, which most providers have alone."""
        return next(iter(self.base_urls.values()))

    def options_as(self, options_type: type[AnyOptions]) -> AnyOptions:
        """The options in the provider's own type, which the catalogue has checked."""
        assert isinstance(self.options, options_type)
        return self.options


@dataclass(frozen=True)
class NextEvent:
    """A step: wait for the next event of a stream; None is sent at its end."""

    stream: EventStream


@dataclass(frozen=True)
class Pause:
    """A step: wait so many seconds, such as before the next poll. None is sent."""

    seconds: float


@dataclass(frozen=True)
class Partial:
    """A step: show the caller what there is so far. None is sent."""

    content: Buffer
    index: int


Step = ModelCall | HttpCall | NextEvent | Pause | Partial


@dataclass(frozen=True)
class Picture:
    """An image that a provider made.

    Attributes:
        source: its bytes, or a URL, `data:` included, that the driver fetches it from.
        seed: what makes it again, where the provider tells.
        revised_prompt: what the provider made of the prompt, where it tells.
    """

    source: Buffer | str | LongText
    seed: int | None = None
    revised_prompt: str | None = None


@dataclass(frozen=True)
class Result:
    """What came of an attempt.

    Attributes:
        pictures: at least one.
        usage: token counts in OpenAI's form, where the provider counts tokens.
        usd: what the provider says that it charged, in USD, where it tells.
    """

    pictures: Sequence[Picture]
    usage: Mapping[str, object] | None = None
    usd: float | None = None


Sent = Answer | HttpAnswer | Event
Run = Generator[Step, Sent, Result]
Generate = Callable[[Attempt], Run]


@dataclass(frozen=True)
class Provider:
    """A provider: its code, and what the driver must know to call for it.

    Attributes:
        title: its name in sentences.
        generate: makes images.
        base_urls: where it is by default, by the name of the setting.
        secrets: the settings that may hold the owner's credentials, the usual one first; none for
            a provider that needs no credential.
        header: which header shows the credential.
        scheme: what stands before the credential there.
        optional: whether it works without a credential, too.
        is_public: whether anybody may be let at it, because it shows none and costs the owner
            nothing.
        headers: sent with every call that may show a credential.
        options: the type of the options in the cards of its models.
    """

    title: str
    generate: Generate
    base_urls: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    header: str = "authorization"
    scheme: str = "Bearer "
    optional: bool = False
    is_public: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    options: type[Options] = Options
