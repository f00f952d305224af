/**
 * The same text as a string of its own. What is cut out of a long text keeps the whole of it in memory, and what was put
 * together keeps its pieces: of little matter for a moment, of much for ten thousand series and a quarter of an hour.
 */
export const ownText = (text: string): string => JSON.parse(JSON.stringify(text)) as string;
