/** Labels of nodes: the name, below it what is marked, on a strip of paper so that lines do not run through it. */
import type { NodeDisplayData } from "sigma/types";
import type { Inks } from "./inks";

export interface Labelled {
  label?: string | null;
  marks?: string;
  isPinned?: boolean;
  isNoted?: boolean;
  isStrong?: boolean;
}

type Place = Pick<NodeDisplayData, "x" | "y" | "size">;

const FACE = 'system-ui, "Segoe UI", Roboto, sans-serif';

export function drawLabel(context: CanvasRenderingContext2D, data: Place & Labelled, inks: Inks): void {
  const name = [data.isPinned ? "⚲ " : "", data.label ?? "", data.isNoted ? " ✎" : ""].join("");
  if (!name) return;
  const x = Math.round(data.x + data.size + 5),
    y = Math.round(data.y);
  context.textBaseline = "middle";
  context.font = `${data.isStrong ? 600 : 400} 12px ${FACE}`;
  write(context, name, x, data.marks ? y - 6 : y, inks.get("--ink") ?? "", inks);
  if (!data.marks) return;
  context.font = `11px ${FACE}`;
  write(context, data.marks, x, y + 7, inks.get("--soft") ?? "", inks);
}

function write(context: CanvasRenderingContext2D, text: string, x: number, y: number, ink: string, inks: Inks): void {
  const { width } = context.measureText(text);
  context.globalAlpha = 0.82;
  context.fillStyle = inks.get("--paper") ?? "";
  context.fillRect(x - 2, y - 7, width + 4, 14);
  context.globalAlpha = 1;
  context.fillStyle = ink;
  context.fillText(text, x, y);
}
