"""The contract between the driver and a provider's code.

A provider is a generator. It yields steps (a call, a pause, the next event of a stream), receives
the answers, and returns the images. It does no I/O, so a test drives it by hand; the driver
(`generation.execution.driver`) owns everything that providers have in common.

The driver throws a failed step into the generator as `UpstreamFailure`. A provider may let it pass:
the driver gives it its meaning. When a job is given up, the driver throws `Abandoned`, once. A
provider that can cancel its work catches it, yields the cancelling call, and raises it again.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from easel.platform.buffers import Answer, Buffer, LongText
from easel.platform.calls import Event, EventStream, HttpAnswer, HttpCall, ModelCall, do_nothing


class Options(BaseModel):
    """The table `options` of a model's card, which only the provider's code reads.

    A provider with options declares a subclass and names it in its `Provider`. A misspelt key or a
    value of the wrong type fails when the Worker starts.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


AnyOptions = TypeVar("AnyOptions", bound=Options)


@dataclass(frozen=True)
class Attempt:
    """One run of a provider's code.

    Attributes:
        model: the provider's id of the model.
        prompt: the prompt; may be empty.
        parameters: everything else, under the provider's names; images are `Attachment`s.
        task: `generate`, `edit` or `vary`.
        count: the number of images, at most `per_call` of the model's card.
        as_form: whether the model takes a form instead of JSON.
        options: the options of the model's card, in the provider's own type.
        base_urls: the provider's base URLs without a trailing slash, by the name of the setting.
        response_format: the value of OpenAI's parameter; None where the model does not take it.
        partial_images: the number of partial images; None where the answer is not streamed.
        nonce: a random name of the attempt, for protocols that need a unique one.
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
        """The first base URL; most providers have only one."""
        return next(iter(self.base_urls.values()))

    def options_as(self, options_type: type[AnyOptions]) -> AnyOptions:
        """The options in the provider's own type, which the catalogue has checked."""
        assert isinstance(self.options, options_type)
        return self.options


@dataclass(frozen=True)
class NextEvent:
    """A step: wait for the next event of a stream. The answer is None at its end."""

    stream: EventStream


@dataclass(frozen=True)
class Pause:
    """A step: wait some seconds, such as before the next poll. The answer is None."""

    seconds: float


@dataclass(frozen=True)
class Partial:
    """A step: show the caller a partial image. The answer is None."""

    content: Buffer
    index: int


Step = ModelCall | HttpCall | NextEvent | Pause | Partial


@dataclass(frozen=True)
class Picture:
    """An image in a provider's answer.

    Attributes:
        source: its bytes, or the URL (`data:` included) that the driver fetches it from.
        seed: its seed, where it is known.
        revised_prompt: the prompt that the provider used, where it says so.
    """

    source: Buffer | str | LongText
    seed: int | None = None
    revised_prompt: str | None = None


@dataclass(frozen=True)
class Result:
    """The result of an attempt.

    Attributes:
        pictures: the images, at least one.
        usage: token counts in OpenAI's form, where the provider counts tokens.
        usd: the charge in USD, where the provider names it.
        release: gives back the memory that is reserved for the pictures; the driver sets it.
    """

    pictures: Sequence[Picture]
    usage: Mapping[str, object] | None = None
    usd: float | None = None
    release: Callable[[], object] = field(default=do_nothing, compare=False, repr=False)


Sent = Answer | HttpAnswer | Event
Run = Generator[Step, Sent, Result]
Generate = Callable[[Attempt], Run]


@dataclass(frozen=True)
class Provider:
    """A provider: its code, and what the driver needs to make its calls.

    Attributes:
        title: its name in sentences.
        generate: makes images.
        base_urls: its usual base URLs, by the name of the setting that changes them.
        secrets: the settings that may hold the owner's credentials, the usual one first; empty for
            a provider without credentials.
        header: the header that carries the credential.
        scheme: the text before the credential in that header.
        optional: whether the provider works without a credential, too.
        is_public: whether every admitted caller may use it: it takes no credential and costs the
            owner nothing.
        headers: sent with every call to one of the base URLs.
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
