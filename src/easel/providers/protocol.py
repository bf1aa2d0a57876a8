"""How easel talks to a provider's code.

A provider is a generator: it yields what it needs from the world, is sent the answer, and returns
the images. It does no I/O itself, so a test drives it by hand, and the driver (`images.run`) owns
everything that providers have in common. A failed step is thrown in as `UpstreamFailure`; the
provider turns it into the error of ours that it means.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass

from easel.world import Answer, Buffer


@dataclass(frozen=True)
class Attempt:
    """One image to be made by one provider.

    Attributes:
        model: the provider's own id of the model.
        parameters: everything else, under the provider's own names.
    """

    model: str
    prompt: str
    parameters: Mapping[str, object]


@dataclass(frozen=True)
class RunModel:
    """A step: call the Workers AI binding."""

    model: str
    inputs: Mapping[str, object]


Step = RunModel
Run = Generator[Step, Answer, Buffer]
Provider = Callable[[Attempt], Run]
