/** The API, typed by its own OpenAPI document; every failure is a `Problem` (RFC 9457). */

import { signal } from "@preact/signals";
import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "../../generated/schema";

export type Schemas = components["schemas"];

/** What went wrong, in the server's words; status 0 where nobody answered. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly fields: { field: string; message: string }[],
    readonly requestId: string,
  ) {
    super(detail || title);
  }
}

/** Any failure as a Problem. */
export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, "Failed", String(error), [], "");
}

/** Whether the server told us that nobody is signed in any more. */
export const signedOut = signal(false);

const ours: Middleware = {
  onRequest({ request }) {
    // Without it the server takes no change from a cookie: other sites cannot send it.
    if (request.method !== "GET") request.headers.set("X-Headwater-Request", "1");
    return request;
  },
  onResponse({ response }) {
    if (response.status === 401) signedOut.value = true;
    return response;
  },
};

export const api = createClient<paths>({ baseUrl: "" });
api.use(ours);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What JSON an operation answers with: lists can also be had as text (CSV). */
type Json<T> = Exclude<T, string | undefined>;

/** What was answered, or a thrown Problem. */
export async function answered<T>(asked: Promise<Answer<T>>): Promise<Json<T>> {
  return (await whole(asked)).data;
}

/** What was answered with its headers, for who needs the ETag. */
export async function whole<T>(asked: Promise<Answer<T>>): Promise<{ data: Json<T>; response: Response }> {
  let answer: Answer<T>;
  try {
    answer = await asked;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, "No answer", "The server does not answer. It is asked again as soon as it does.", [], "");
  }
  if (!answer.response.ok) throw problemOf(answer.error, answer.response);
  return { data: answer.data as Json<T>, response: answer.response };
}

/** What an answer that is no success says. */
export function problemOf(body: unknown, response: Response): Problem {
  const told = (typeof body === "object" && body !== null ? body : {}) as Partial<Schemas["Problem"]>;
  return new Problem(
    response.status,
    told.title ?? `HTTP ${response.status}`,
    told.detail ?? "",
    told.errors ?? [],
    told.request_id ?? response.headers.get("x-request-id") ?? "",
  );
}
