/** The flags of an original, as a stand-in is given them that plays its part in a test: `--name=value`. */
export type OriginalFlags = {
  readonly flag: (name: string) => string;
  readonly listen: { readonly host: string; readonly port: number };
};

export const originalFlags = (given: readonly string[]): OriginalFlags => {
  const flags = new Map(
    given.map((flag): [string, string] => {
      const [name = '', ...value] = flag.split('=');
      return [name, value.join('=')];
    }),
  );
  const flag = (name: string): string => flags.get(name) ?? '';
  const [host = '', port = ''] = flag('--web.listen-address').split(':');
  return { flag, listen: { host, port: Number(port) } };
};
