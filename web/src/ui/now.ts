/** The time now, told again every few seconds, for ages that go on. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

const EVERY_MS = 10_000;

export function useNow(): number {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = Date.now();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return now.value;
}
