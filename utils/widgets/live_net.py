"""AlexNet at work in the page: an image, what each layer makes of it, and ten probabilities."""

import torch
import traitlets as t
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from utils.analysis import named_layers
from utils.data import MEAN, STD, Dataset, Labelled
from utils.figures import BLUE, ORANGE
from utils.nets import live_net
from utils.widgets.base import HERE, Widget, module

SIDE = 28  # px of an image before it is enlarged
OWN = "own"


class LiveNet(Widget):
    """The quantised network of chapter 11 and an image to choose, to draw, to drop, or to cover.

    `source` is "test" (one of 200 test images, by `index`), the name of a photograph, or "own",
    what was drawn or dropped: `own`, 28 × 28 grey values. A black square of `size` pixels covers
    the image at `row` and `column`. `scores` are the ten logits that JavaScript computed last.

    Raises TraitError for a setting that does not exist.
    """

    _esm = module("live_net.js")
    _css = Widget._css + (HERE / "live_net.css").read_text(encoding="utf-8")
    caption = "A quarter-width AlexNet that knows ten kinds of clothes, computed by your browser."
    heights = (915, 1560)
    file = "page.safetensors"

    source = t.Enum(["test", *live_net.PHOTOGRAPHS, OWN], "test").tag(sync=True)
    index = t.Int(0, min=0, max=199).tag(sync=True)
    size = t.Int(0, min=0, max=20).tag(sync=True)
    row = t.Int(10, min=0, max=SIDE).tag(sync=True)
    column = t.Int(10, min=0, max=SIDE).tag(sync=True)
    layer = t.Unicode("relu1").tag(sync=True)
    pointer = t.Enum(["cover", "white", "black"], "cover").tag(sync=True)
    own = t.Bytes(bytes(SIDE * SIDE), help="uint8 (28, 28)").tag(sync=True)
    scores = t.List(t.Float()).tag(sync=True)
    classes = t.List(t.Unicode(), list(Dataset.classes)).tag(sync=True)
    photographs = t.List(t.Unicode(), list(live_net.PHOTOGRAPHS)).tag(sync=True)
    pixels = t.List(t.Float(), [live_net.SIDE, MEAN, STD], help="side, mean, std").tag(sync=True)

    @t.validate("layer")
    def _exists(self, proposal: dict) -> str:
        names = [name for name, _ in named_layers(live_net.empty_net())]
        if proposal["value"] not in names:
            raise t.TraitError(f"layer must be one of these: {', '.join(names)}.")
        return proposal["value"]

    def seen(self) -> torch.Tensor:
        """The image as it is shown, with its cover: uint8 (28, 28)."""
        if self.source == OWN:
            image = torch.frombuffer(bytearray(self.own), dtype=torch.uint8).view(SIDE, SIDE)
        elif self.source == "test":
            image = live_net.page_tensors()["images"][self.index].clone()
        else:
            place = self.photographs.index(self.source)
            image = live_net.page_tensors()["photographs"][place].clone()
        top, left = (min(place, SIDE - self.size) for place in (self.row, self.column))
        image[top : top + self.size, left : left + self.size] = 0
        return image

    @torch.no_grad()
    def maps(self) -> dict[str, torch.Tensor]:
        """Every layer's output for this image, by PyTorch; "fc8" has the ten logits."""
        image = self.seen()[None]
        x, _ = next(Labelled(image, torch.zeros(1)).batches(1, image_size=live_net.SIDE))
        found = {}
        for name, layer in named_layers(live_net.page_net()):
            x = layer(x)
            found[name] = x[0]
        return found

    def still(self) -> tuple[Figure, str, bool]:
        maps = self.maps()
        first, share = maps["relu1"], maps["fc8"].softmax(0)
        fig, axes = plt.subplot_mosaic(
            [["image", "maps"], ["bars", "bars"]], figsize=(5, 5.4), height_ratios=[1, 1.1]
        )
        axes["image"].imshow(self.seen().numpy(), cmap="gray", vmin=0, vmax=255)
        grid = torch.full((25, 24, 24), torch.nan)
        grid[: len(first), 1:, 1:] = first
        axes["maps"].imshow(grid.view(5, 5, 24, 24).transpose(1, 2).reshape(120, 120).numpy())
        for name, title in (("image", "image"), ("maps", "conv1 and ReLU: 24 maps")):
            axes[name].set_title(title)
            axes[name].set_axis_off()
        colours = [ORANGE if p == share.max() else BLUE for p in share]
        axes["bars"].barh(self.classes, (100 * share).tolist(), color=colours)
        axes["bars"].set(xlabel="probability (%)", xlim=(0, 100))
        axes["bars"].invert_yaxis()
        best = self.classes[share.argmax()]
        alt = (
            f"An image of 28 × 28 grey values, its 24 feature maps behind the first ReLU, and ten "
            f"probabilities, of which {best} has the largest, {100 * share.max():.1f} %."
        )
        return fig, alt, True
