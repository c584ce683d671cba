/** What an import is asked with, and what a file's name tells of it. */
import { type Signal, useSignal } from "@preact/signals";

export interface Options {
  file: Signal<File | null>;
  format: Signal<string>;
  network: Signal<string>;
  asset: Signal<string>;
  listedAt: Signal<string>;
  allOrNothing: Signal<boolean>;
  acceptDelisting: Signal<boolean>;
}

export function useOptions(): Options {
  return {
    file: useSignal<File | null>(null),
    format: useSignal("csv"),
    network: useSignal("eth"),
    asset: useSignal(""),
    listedAt: useSignal(""),
    allOrNothing: useSignal(false),
    acceptDelisting: useSignal(false),
  };
}

/** Take a file, and its format where the name tells it. */
export function choose(options: Options, file: File): void {
  options.file.value = file;
  const asset = /^sanctioned_addresses_([a-z0-9]{2,12})\./i.exec(file.name)?.[1];
  if (asset) {
    options.format.value = "ofac";
    options.asset.value = asset;
  } else options.format.value = /\.ya?ml$/i.test(file.name) ? "tagpack" : "csv";
}

/** The query of both requests: they read the file the same way. */
export function asked({ format, network, asset, listedAt, acceptDelisting }: Options): URLSearchParams {
  const query = new URLSearchParams({ format: format.value });
  if (format.value === "csv") query.set("network", network.value.trim() || "eth");
  if (format.value === "ofac") {
    query.set("asset", asset.value.trim());
    query.set("accept_delisting", String(acceptDelisting.value));
    if (listedAt.value) query.set("listed_at", listedAt.value);
  }
  return query;
}
