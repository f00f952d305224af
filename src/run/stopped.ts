/** Why a run is ended early by somebody; carried as the reason of an abort signal. */
export class Stopped extends Error {
  /** The signal that asked for it, the time limit, or nobody: whoever wanted the run is gone. */
  readonly by: 'SIGINT' | 'SIGTERM' | 'time limit' | 'nobody';

  constructor(by: Stopped['by']) {
    super(words[by]);
    this.by = by;
  }
}

const words = {
  SIGINT: 'interrupted by SIGINT',
  SIGTERM: 'interrupted by SIGTERM',
  'time limit': 'the time limit was reached',
  nobody: 'the process that started it is gone, and nobody reads what it says',
} as const satisfies Record<Stopped['by'], string>;
