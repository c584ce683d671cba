/** What holds for every page: the reference currency, the categories, where Neo4j Browser is. */
import { signal } from "@preact/signals";
import { answered, api, type Schemas } from "../api/client";

export type About = Schemas["AboutView"];

export const about = signal<About | null>(null);

export async function askAbout(): Promise<void> {
  about.value = await answered(api.GET("/api/v1/about"));
}

/** The unit of every `value`. */
export function currency(): string {
  return about.value?.reference_currency ?? "";
}
