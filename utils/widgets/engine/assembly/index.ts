export { conv_forward, conv_backward_input, conv_backward_weights } from "./convolution";
export { relu, relu_backward, sigmoid, sigmoid_backward, tanh, tanh_backward, scaled, multiply } from "./activation";
export { max_pool, max_pool_backward, avg_pool, avg_pool_backward } from "./pooling";
export { lrn, lrn_backward, batch_norm, batch_norm_evaluated, batch_norm_backward } from "./normalisation";
export { cross_entropy } from "./loss";
export { squares, sgd, adam } from "./optimiser";
export { seed, normal, uniforms, dropout_mask, views, permutation } from "./random";
export { to_lanes, batch, copy } from "./images";

/** The first free byte. */
export function heap(): usize { return __heap_base; }
