/** The version of swagger-ui-dist that the page is tested with, and the hashes of its files (Subresource Integrity). */
export const swaggerUi = {
  version: "5.36.0",
  integrity: {
    "swagger-ui.css": "sha384-z/AtSaOHGn5MJ5auAHXUypohywlIWLBZo1jeGmhdpVIbCnFhxAH92cwdV41oyINc",
    "swagger-ui-bundle.js": "sha384-fUpRgC19yPykTqzdrUbdAg8NTiu16NEKf9U12J+IJWCg8/1mEI8f2+PEIz60Wyd+",
  },
} as const;
