// Loaded by Node before sphinxcontrib-katex's server, which answers in two writes: TCP would hold
// the second back until the first is acknowledged, 40 ms a formula.
const net = require("net");
const { createServer } = net;
net.createServer = () => createServer({ noDelay: true });
