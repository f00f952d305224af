/** What a notification says, whichever of the two forms it came in. */

type Texts = Readonly<Record<string, string>>;

export type NotifiedAlert = { readonly labels: Texts; readonly annotations: Texts };

export type Notice = {
  readonly receiver: string;
  /** What its sender grouped together; the same text for every notification of the group. */
  readonly group: string;
  readonly firing: readonly NotifiedAlert[];
  /** `all`: everything of this group that was told as firing. */
  readonly resolved: readonly NotifiedAlert[] | 'all';
};

/** What came is no notification; `receiver` as far as it can be told. */
export class NoNotice extends Error {
  readonly receiver: string | null;

  constructor(message: string, receiver: string | null) {
    super(message);
    this.receiver = receiver;
  }
}
