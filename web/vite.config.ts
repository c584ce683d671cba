import { defineConfig } from "vite";

// Nothing is inlined as data: or as script, so that the content security policy stays at 'self'. What the licences of
// the libraries ask to go with them goes with them.
export default defineConfig({
  build: {
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.md" },
  },
});
