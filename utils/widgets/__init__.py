"""Interactive figures that work with a kernel and without: one JavaScript module for both.

Each is a Python class (its values), a JavaScript module (its look and behaviour) and a still
picture; `base` and `kit.js` have what they share. How to add one: `book/contributing.md`.
"""

from utils.widgets.augmentation_studio import AugmentationStudio
from utils.widgets.base import HERE
from utils.widgets.convolution import ConvolutionArithmetic
from utils.widgets.dropout_masks import DropoutMasks
from utils.widgets.filter_explorer import FilterExplorer
from utils.widgets.ilsvrc_gap import IlsvrcGap
from utils.widgets.laboratory import Laboratory
from utils.widgets.live_net import LiveNet
from utils.widgets.network_diff import NetworkDiff
from utils.widgets.presets import PRESETS
from utils.widgets.receptive_field import ReceptiveField
from utils.widgets.response_norm import ResponseNorm
from utils.widgets.shape_game import ShapeGame
from utils.widgets.signal_depth import SignalDepth
from utils.widgets.to_scale import NetworksToScale
from utils.widgets.training_player import TrainingPlayer
