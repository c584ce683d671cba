/** The order in which the queue was seen last, so that one alert leads to the next. */
let order: readonly string[] = [];

export function rememberOrder(ids: readonly string[]): void {
  order = ids;
}

/** The alert so many places further down, undefined at the end or where the queue was not seen. */
export function neighbour(id: string, by: number): string | undefined {
  const place = order.indexOf(id);
  return place < 0 ? undefined : order[place + by];
}
