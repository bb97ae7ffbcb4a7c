"""What trained and untrained networks do, in numbers.

probes               signals, gradients, spread between images, dead units, gains of LRN
memory               bytes that a network keeps, and the most at the same time
layer_sizes          values, parameters, MACs and bytes of each layer
architecture_diff    what distinguishes two networks, in PyTorch or Keras
filters              indices of first-layer filters
attribution          maps of what an answer rests on
nearest_neighbours   the most similar images, by pixels or by features
calibration          averages over thinned networks, and honest probabilities
intervals            how sure a difference over paired seeds is, in numbers and in words
"""

from utils.analysis.architecture_diff import accepted_sizes, cost, difference, stages
from utils.analysis.attribution import (
    grad_cam, gradient_times_input, occlusion, randomised, rank_correlation,
)  # fmt: skip
from utils.analysis.calibration import calibration_error, forecast_scores, thinned_averages
from utils.analysis.filters import (
    colour_index, column_difference, concentration, orientation, pretrained_filters,
    stored_filters,
)  # fmt: skip
from utils.analysis.intervals import (
    Comparison, PairedDifference, compare, number, paired_interval,
)  # fmt: skip
from utils.analysis.layer_sizes import LayerSize, layer_sizes
from utils.analysis.memory import peak_bytes, saved_bytes
from utils.analysis.nearest_neighbours import agreement, k_nearest
from utils.analysis.probes import (
    dead_units, gains, image_spread, layer_signals, unit_outputs,
)  # fmt: skip
