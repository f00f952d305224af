/** Why a run is ended early by somebody; carried as the reason of an abort signal. */
export class Stopped extends Error {
  /** The signal that asked for it, or the time limit. */
  readonly by: 'SIGINT' | 'SIGTERM' | 'time limit';

  constructor(by: Stopped['by']) {
    super(by === 'time limit' ? 'the time limit was reached' : `interrupted by ${by}`);
    this.by = by;
  }
}
