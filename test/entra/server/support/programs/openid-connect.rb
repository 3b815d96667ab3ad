# Signs a user in with openid_connect, as a web application does. Prints the claims as JSON.
require "json"
require "net/http"
require "openid_connect"

config = OpenIDConnect::Discovery::Provider::Config.discover!(ENV["ISSUER"])
client = OpenIDConnect::Client.new(
  identifier: ENV["WEB_ID"], secret: ENV["WEB_SECRET"], redirect_uri: ENV["REDIRECT"],
  authorization_endpoint: config.authorization_endpoint, token_endpoint: config.token_endpoint,
  userinfo_endpoint: config.userinfo_endpoint
)
state, nonce = SecureRandom.hex(16), SecureRandom.hex(16)
page = URI(client.authorization_uri(scope: %i[openid profile email], state:, nonce:))
form = URI.decode_www_form(page.query).to_h.merge("persona" => "member")
answer = Net::HTTP.start(page.host, page.port, use_ssl: true) { |http| http.post(page.path, URI.encode_www_form(form)) }
callback = URI.decode_www_form(URI(answer["location"]).query).to_h
raise "wrong state" unless callback["state"] == state

client.authorization_code = callback["code"]
tokens = client.access_token!(:post_form)
id_token = OpenIDConnect::ResponseObject::IdToken.decode(tokens.id_token, config.jwks)
id_token.verify!(issuer: config.issuer, client_id: ENV["WEB_ID"], nonce:)
user = tokens.userinfo!
puts JSON.generate(name: user.name, email: id_token.raw_attributes["email"], sub: user.sub == id_token.sub)
