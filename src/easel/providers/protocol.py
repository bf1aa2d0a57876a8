"""How easel talks to a provider's code.

A provider is a generator: it yields what it needs from the world, is sent the answer, and returns
the images. It does no I/O itself, so a test drives it by hand, and the driver (`images.run`) owns
everything that providers have in common. A failed step is thrown in as `UpstreamFailure`; the
provider turns it into the error of ours that it means.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field

from easel.handles import Answer, Buffer, LongText
from easel.world import ModelCall


@dataclass(frozen=True)
class Attempt:
    """One image to be made by one provider.

    Attributes:
        model: the provider's own id of the model.
        prompt: what to make.
        parameters: everything else, under the provider's own names.
        as_form: whether the model takes a form instead of JSON.
        options: what else is said to the provider.
    """

    model: str
    prompt: str
    parameters: Mapping[str, object]
    as_form: bool = False
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Download:
    """A step: get an image from a URL of the provider's; a failure is the driver's to tell."""

    url: str | LongText


# `ModelCall`: call the Workers AI binding.
Step = ModelCall | Download
Run = Generator[Step, Answer, Buffer]
Provider = Callable[[Attempt], Run]
