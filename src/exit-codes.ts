/**
 * How the process ends, so that whoever restarts it knows whether another try can help. The numbers are those of
 * BSD's sysexits.h, above all that a shell or Node uses itself; deploy/README.md explains them.
 */
export const EXIT = {
  /** Told to stop, and stopped; or `--check` found nothing in the way. */
  done: 0,
  /** A fault of ours, or one that nobody foresaw: another try may help. */
  fault: 1,
  /** EX_USAGE: an argument that there is not. */
  usage: 64,
  /** EX_UNAVAILABLE: the port or the file to replay is taken, or (at `--check`) Redis does not answer. It may be over at the next try. */
  unavailable: 69,
  /** EX_NOPERM: `--check` was told that the key is not valid. */
  keyRefused: 77,
  /** EX_CONFIG: a variable is wrong. No further try helps until somebody has mended it. */
  configuration: 78,
} as const;

/** A code of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
