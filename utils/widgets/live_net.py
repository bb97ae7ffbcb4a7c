"""AlexNet at work in the page: an image, what each layer makes of it, and ten probabilities."""

import torch
import traitlets as t
from matplotlib import pyplot as plt

from utils.data import MEAN, STD, Dataset, Labelled
from utils.figures import BLUE, ORANGE
from utils.nets import live_net
from utils.widgets.base import Still, Widget, known, module, style

SIDE = 28  # px of an image before it is enlarged


class LiveNet(Widget):
    """The quantised network of chapter 11 and an image to choose, to draw, to drop, or to cover.

    `source` is "test" (one of 200 test images, by `index`), the name of a photograph, or "own",
    what was drawn or dropped: `own`, 28 × 28 grey values. A black square of `size` pixels covers
    the image at `row` and `column`. `scores` are the ten logits that JavaScript computed last.
    """

    _esm, _css = module("live_net.js"), style("live_net.css")
    caption = "A quarter-width AlexNet that knows ten kinds of clothes, computed by your browser."
    heights = (915, 1590)
    files = ("page.safetensors", "engine")
    source = t.Enum(["test", *live_net.PHOTOGRAPHS, "own"], "test").tag(sync=True)
    index = t.Int(0, min=0, max=199).tag(sync=True)
    size = t.Int(0, min=0, max=20).tag(sync=True)
    row, column = (t.Int(10, min=0, max=SIDE).tag(sync=True) for _ in range(2))
    layer = t.Unicode("relu1").tag(sync=True)
    pointer = t.Enum(["cover", "white", "black"], "cover").tag(sync=True)
    own = t.Bytes(bytes(SIDE * SIDE), help="uint8 (28, 28)").tag(sync=True)
    scores = t.List(t.Float()).tag(sync=True)
    classes = t.List(t.Unicode(), list(Dataset.classes)).tag(sync=True)
    photographs = t.List(t.Unicode(), list(live_net.PHOTOGRAPHS)).tag(sync=True)
    pixels = t.List(t.Float(), [live_net.SIDE, MEAN, STD], help="side, mean, std").tag(sync=True)

    @t.validate("layer")
    def _exists(self, proposal: dict) -> str:
        names = [name for name, _ in live_net.named_layers(live_net.empty_net())]
        return known(proposal, names, f"one of these: {', '.join(names)}")

    def seen(self) -> torch.Tensor:
        """The image as it is shown, with its cover: uint8 (28, 28)."""
        tensors = live_net.page_tensors()
        if self.source == "own":
            image = torch.frombuffer(bytearray(self.own), dtype=torch.uint8).view(SIDE, SIDE)
        elif self.source == "test":
            image = tensors["images"][self.index].clone()
        else:
            image = tensors["photographs"][self.photographs.index(self.source)].clone()
        top, left = (min(place, SIDE - self.size) for place in (self.row, self.column))
        image[top : top + self.size, left : left + self.size] = 0
        return image

    @torch.no_grad()
    def maps(self) -> dict[str, torch.Tensor]:
        """Every layer's output for this image, by PyTorch; "fc8" has the ten logits."""
        images = Labelled(self.seen()[None], torch.zeros(1))
        x, _ = next(images.batches(1, image_size=live_net.SIDE))
        maps = {}
        for name, layer in live_net.named_layers(live_net.page_net()):
            x = layer(x)
            maps[name] = x[0]
        return maps

    def still(self) -> Still:
        maps = self.maps()
        first, share = maps["relu1"], maps["fc8"].softmax(0)
        places = [["image", "conv1 and ReLU: 24 maps"], ["bars", "bars"]]
        fig, axes = plt.subplot_mosaic(places, figsize=(5, 5.4), height_ratios=[1, 1.1])
        image, grid, bars = axes.values()
        image.imshow(self.seen().numpy(), cmap="gray", vmin=0, vmax=255)
        tiles = torch.full((25, 24, 24), torch.nan)
        tiles[: len(first), 1:, 1:] = first
        grid.imshow(tiles.view(5, 5, 24, 24).transpose(1, 2).reshape(120, 120).numpy())
        for title in places[0]:
            axes[title].set_title(title)
            axes[title].set_axis_off()
        colours = [ORANGE if p == share.max() else BLUE for p in share]
        bars.barh(self.classes, (100 * share).tolist(), color=colours)
        bars.set(xlabel="probability (%)", xlim=(0, 100))
        bars.invert_yaxis()
        best = self.classes[share.argmax()]
        alt = (
            f"An image of 28 × 28 grey values, its 24 feature maps behind the first ReLU, and ten "
            f"probabilities, of which {best} has the largest, {100 * share.max():.1f} %."
        )
        return fig, alt, True
