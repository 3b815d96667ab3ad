/** The version of swagger-ui-dist that the page is tested with, and the hashes of its files (Subresource Integrity). */
export const swaggerUi = {
  version: "5.35.0",
  integrity: {
    "swagger-ui.css": "sha384-WlYgdmXYOOBWL5apwjDEZwN+U3HmXSSu5R6V5aGxEcf7z+KuRNwBhoxKVN1i3D5I",
    "swagger-ui-bundle.js": "sha384-gjRm0bEPMeTmMh5jT2cHccIwCUZSTd8YC+j0d0sXw0MdGEfScduGpSyF3ZSSLkX9",
  },
} as const;
