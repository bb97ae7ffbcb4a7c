"""What trained and untrained networks do, in numbers.

probes               signals, gradients, dead units, bytes of memory
layer_sizes          values, parameters, MACs and bytes of each layer
architecture_diff    what distinguishes two networks, in PyTorch or Keras
filters              indices of first-layer filters
attribution          maps of what an answer rests on
nearest_neighbours   the most similar images, by pixels or by features
calibration          averages over thinned networks, and honest probabilities
intervals            how sure a difference over paired seeds is
"""

from utils.analysis.architecture_diff import accepted_sizes, cost, difference, stages
from utils.analysis.attribution import (
    grad_cam,
    gradient_times_input,
    occlusion,
    randomised,
    rank_correlation,
)
from utils.analysis.calibration import averages, calibration_error, scores
from utils.analysis.filters import (
    colour_index,
    column_difference,
    concentration,
    orientation,
    pretrained_filters,
    stored_filters,
)
from utils.analysis.intervals import paired_interval
from utils.analysis.layer_sizes import layer_sizes
from utils.analysis.nearest_neighbours import agreement, k_nearest
from utils.analysis.probes import (
    dead_units,
    gains,
    layer_signals,
    named_layers,
    peak_bytes,
    saved_bytes,
)
