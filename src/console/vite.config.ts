/** Builds the console into `dist`: one page, one script, one style, for `src/server/console.ts` to serve. */
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The policy of the page lets no script or style stand in it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // A slow machine is none of the reader's business, who sees this before the first words of `npm start`.
      checks: { pluginTimings: false },
      output: { entryFileNames: 'app.js', chunkFileNames: '[name].js', assetFileNames: 'app[extname]' },
    },
  },
  base: '/assets/',
})
