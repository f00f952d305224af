/** The configuration as it may be shown: with Alertmanager's own mark in the place of what nobody else should know. */
import { isPair, isScalar, parseDocument, visit } from 'yaml';

const secretKeys = new Set(
  'alert_source_token api_key api_secret app_token auth_password auth_secret bearer_token bot_token client_secret credentials mattermost_webhook_url opsgenie_api_key password rocketchat_token rocketchat_token_id routing_key secret_key service_key slack_api_url slack_app_token smtp_auth_password smtp_auth_secret telegram_bot_token token token_id user_key victorops_api_key webhook_url wechat_api_secret'.split(
    ' ',
  ),
);

/** Addresses that are secrets, because who knows them may post there. */
const secretAddresses: Readonly<Record<string, readonly string[]>> = {
  url: ['webhook_configs', 'incidentio_configs'],
  api_url: ['slack_configs'],
};

export const withoutSecrets = (text: string): string => {
  const document = parseDocument(text);
  const within: string[] = [];
  visit(document, {
    Pair: (_, pair, path) => {
      if (!isScalar(pair.key) || !isScalar(pair.value)) return;
      const key = String(pair.key.value);
      within.length = 0;
      for (const each of path) if (isPair(each) && isScalar(each.key)) within.push(String(each.key.value));
      const isSecret = secretKeys.has(key) || (secretAddresses[key] ?? []).some((section) => within.includes(section));
      if (isSecret) pair.value.value = '<secret>';
    },
  });
  return document.toString({ lineWidth: 0 });
};
