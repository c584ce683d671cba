import { defineConfig } from "vite";

// Nothing is inlined as data: or as script, so that the content security policy stays at 'self'.
export default defineConfig({ build: { target: "es2023", assetsInlineLimit: 0, modulePreload: { polyfill: false } } });
