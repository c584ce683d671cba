/** Alerts as they happen: one WebSocket, resumed where it broke off, so that nothing is missed. */
import { signal } from "@preact/signals";
import type { Schemas } from "../api/client";

export interface AlertEvent {
  type: string;
  seq: number;
  /** The id of the alert. */
  subject: string;
  /** The alert as it is at that moment. */
  alert: Schemas["AlertView"];
}

export type Connection = "connecting" | "live" | "lost" | "off";

export const connection = signal<Connection>("off");
/** Since when the connection is lost. */
export const lostAt = signal<Date | null>(null);

const hearers = new Set<(event: AlertEvent) => void>();
const FIRST_MS = 500,
  LONGEST_MS = 15_000;
let socket: WebSocket | null = null;
let after: number | null = null;
let wait = FIRST_MS;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Be told of each event about an alert until the returned function is called. */
export function hear(hearer: (event: AlertEvent) => void): () => void {
  hearers.add(hearer);
  return () => hearers.delete(hearer);
}

export function startStream(): void {
  if (socket) return;
  connection.value = connection.peek() === "lost" ? "lost" : "connecting";
  const scheme = window.location.protocol === "https:" ? "wss" : "ws";
  const from = after === null ? "" : `?after=${after}`;
  socket = new WebSocket(`${scheme}://${window.location.host}/api/v1/alerts/stream${from}`);
  socket.onmessage = (message) => take(JSON.parse(String(message.data)));
  socket.onclose = () => broken();
}

export function stopStream(): void {
  clearTimeout(timer);
  if (socket) {
    socket.onclose = null;
    socket.close();
    socket = null;
  }
  connection.value = "off";
}

/** The place in the sequence goes on even where an event is not one of ours. */
function take(message: AlertEvent & { after?: number }): void {
  if (message.type === "stream.opened") {
    connection.value = "live";
    lostAt.value = null;
    wait = FIRST_MS;
    after ??= message.after ?? null;
    return;
  }
  after = message.seq;
  if (message.type !== "stream.at") for (const hearer of hearers) hearer(message);
}

function broken(): void {
  socket = null;
  connection.value = "lost";
  lostAt.value ??= new Date();
  timer = setTimeout(startStream, wait);
  wait = Math.min(wait * 2, LONGEST_MS);
}
