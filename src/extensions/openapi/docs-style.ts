/**
 * The page has its own button for sign-in, so those of Swagger UI are hidden. Several of its colors have less contrast
 * than WCAG 2.2 requires (success criterion 1.4.3). Its buttons cover the end of a response, and a keyboard cannot
 * scroll its curl command (2.1.1), so that wraps. The list of servers has no name (4.1.2), and contains only the
 * address of the page.
 */
export const pageStyle = `body { margin: 0; }
#missing { margin: 1.5rem; font: 1rem/1.5 system-ui, sans-serif; }
#bar:not([hidden]) { display: flex; flex-wrap: wrap; gap: 0.5rem; justify-content: flex-end; padding: 0.75rem 1.25rem; }
#bar button { padding: 0.5rem 1.25rem; border: 0; border-radius: 0.25rem; background: #0a5ab8; color: #fff; font: 600 1rem system-ui, sans-serif; cursor: pointer; }
#failure:not([hidden]) { margin: 0 0.5rem 0 0; align-self: center; font: 1rem/1.5 system-ui, sans-serif; }
#bar button:focus-visible, .swagger-ui .refusals:focus-visible { outline: 3px solid #7ab7ff; outline-offset: 2px; }
.swagger-ui .refusals { margin: 0 1.25rem 1.25rem; padding: 0.4rem 0.8rem; border: 1px solid currentColor; border-radius: 0.25rem; background: none; color: inherit; font: 0.875rem/1.5 system-ui, sans-serif; text-align: left; cursor: pointer; }
html.dark-mode #failure, html.dark-mode #missing, html.dark-mode .swagger-ui .refusals { color: #e4e6e6; }
@media (max-width: 36rem) { .swagger-ui .response-col_links { display: none; } }
.swagger-ui .scheme-container, .swagger-ui .authorization__btn { display: none; }
.swagger-ui .info { margin: 24px 0 0; }
.swagger-ui .info .title small { background: #5b6270; }
.swagger-ui .info .title small.version-stamp { background: #3f5c00; }
.swagger-ui .info .url, .swagger-ui .info a { color: #1f5f9e; }
.swagger-ui .parameter__in, .swagger-ui .prop-format, .swagger-ui .parameter__deprecated { color: #5a5a5a; }
html:not(.dark-mode) .swagger-ui .opblock.opblock-get .opblock-summary-method { background: #1f6fbf; }
html:not(.dark-mode) .swagger-ui .opblock.opblock-post .opblock-summary-method { background: #1d7f4f; }
html:not(.dark-mode) .swagger-ui .opblock.opblock-put .opblock-summary-method { background: #96590a; }
html:not(.dark-mode) .swagger-ui .opblock.opblock-patch .opblock-summary-method { background: #0f766e; }
html:not(.dark-mode) .swagger-ui .opblock.opblock-delete .opblock-summary-method { background: #c62020; }
.swagger-ui .opblock.opblock-deprecated { opacity: 1; }
html[lang] body .swagger-ui .opblock.opblock-deprecated .opblock-summary .opblock-summary-method { background: #5b6270; color: #fff; }
html:not(.dark-mode) .swagger-ui .btn.cancel { border-color: #c62020; color: #c62020; }
html:not(.dark-mode) .swagger-ui .btn.execute { border-color: #1f6fbf; background: #1f6fbf; }
.swagger-ui .download-contents, .swagger-ui .copy-to-clipboard { background: #5b6270; }
.swagger-ui .microlight span[style*="211, 99, 99"] { color: #ff9c9c !important; }
.swagger-ui .curl-command .curl, .swagger-ui .curl-command .curl * { white-space: pre-wrap !important; overflow-wrap: anywhere; }
.swagger-ui .curl-command .curl { max-height: none; padding-bottom: 2.5rem !important; }
.swagger-ui .live-responses-table .highlight-code .microlight { padding-bottom: 3.25rem !important; }
html:not(.dark-mode) .swagger-ui .json-schema-2020-12-expand-deep-button { color: #5a5a5a; }
html.dark-mode .swagger-ui .info .url, html.dark-mode .swagger-ui .info a { color: #7ab7ff; }
html.dark-mode .swagger-ui .headers .header-col, html.dark-mode .swagger-ui .parameter__in { color: #c8ccd0; }
`;
