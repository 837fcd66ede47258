// Preloaded (`node --require`) into every Node process the tests start. Its parent holds the other end of standard input, which the
// operating system closes however the parent ends, so that no killed test run leaves a server behind.
process.stdin.on('end', () => process.exit()).on('error', () => process.exit()).resume();
