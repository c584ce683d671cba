/** Who is signed in, and what their role lets them do. */
import { signal } from "@preact/signals";
import { answered, api, type Schemas, signedOut } from "../api/client";
import { askAbout } from "./about";

export type Me = Schemas["MeView"];
export type Role = Me["role"];

export const me = signal<Me | null>(null);

/** Ask who we are; without a session nobody is signed in. */
export async function askMe(): Promise<void> {
  const { data } = await api.GET("/api/v1/me");
  if (!data) return;
  if (!data.must_change_password) await askAbout();
  signedOut.value = false;
  me.value = data;
}

export async function signIn(name: string, password: string): Promise<void> {
  await answered(api.POST("/api/v1/sessions", { body: { name, password } }));
  await askMe();
}

export async function signOut(): Promise<void> {
  await answered(api.DELETE("/api/v1/sessions/current"));
  me.value = null;
}

export async function changePassword(current: string, next: string): Promise<void> {
  await answered(api.PUT("/api/v1/me/password", { body: { current, new: next } }));
  await askMe();
}

/** Whether one of these roles is ours; the server decides all the same. */
export function isOneOf(...roles: Role[]): boolean {
  return me.value !== null && roles.includes(me.value.role);
}

/** Who works alerts and cases. */
export const mayWork = () => isOneOf("investigator", "supervisor", "admin");
/** Who sets rules, policies, models, attributions. */
export const mayRun = () => isOneOf("supervisor", "admin");
