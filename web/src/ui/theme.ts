/** Light, dark, or as the machine has it; remembered in this browser. */
import { effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const NAME = "headwater.theme";
const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

export const theme = signal<Theme>(remembered());

export function turnTheme(): void {
  theme.value = NEXT[theme.peek()];
  localStorage.setItem(NAME, theme.peek());
}

export function applyTheme(): void {
  effect(() => {
    if (theme.value === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme.value;
  });
}

/** The value of a colour as it is now, for what is drawn by hand: `colour("--mixer")`. */
export function colour(name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function remembered(): Theme {
  const found = localStorage.getItem(NAME);
  return found === "light" || found === "dark" ? found : "system";
}
