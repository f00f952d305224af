/** One read from an HTTP API. */

/** @returns undefined where the server does not answer, or not well. */
export const getJson = async (url: string, signal: AbortSignal): Promise<unknown> => {
  try {
    const response = await fetch(url, { signal });
    if (response.ok) return await response.json();
    await response.body?.cancel();
  } catch {
    // Not answering now; the next look tells.
  }
  return undefined;
};
