/** Somebody else's test suite, run against one of our stand-ins. */
export type Case = {
  readonly name: string;
  /** undefined: agreed. Otherwise both sides in words, one line or several. */
  readonly difference?: { readonly expected: string; readonly got: string };
};

export type Suite = {
  /** Its option: `--promql DIR`. */
  readonly name: string;
  /** Among the others; called as the suite unless given. */
  readonly folder?: string;
  /** @param folder Exists. @throws only where the suite itself cannot be run. */
  readonly run: (folder: string, report: (result: Case) => void) => Promise<void>;
};
