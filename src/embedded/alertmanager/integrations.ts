/**
 * The integrations that are not delivered but reported: by what fields each may have, so that a misspelt one is found, and
 * whether it tells of resolved alerts unless it says otherwise. As of Alertmanager 0.33.
 */
export type OtherIntegration = keyof typeof table;

type Fields = { readonly sendResolved: boolean; readonly fields: string };

const table = {
  email: {
    sendResolved: false,
    fields:
      'auth_identity auth_password auth_password_file auth_secret auth_secret_file auth_username force_implicit_tls from headers hello html require_tls smarthost text threading tls_config to',
  },
  opsgenie: {
    sendResolved: true,
    fields:
      'actions api_key api_key_file api_url description details entity http_config message note priority responders source tags update_alerts',
  },
  wechat: {
    sendResolved: false,
    fields:
      'agent_id api_secret api_secret_file api_url corp_id http_config message message_type to_party to_tag to_user',
  },
  slack: {
    sendResolved: false,
    fields:
      'actions api_url api_url_file app_token app_token_file app_url callback_id channel color fallback fields footer http_config icon_emoji icon_url image_url link_names message_text mrkdwn_in pretext short_fields text thumb_url timeout title title_link update_message username',
  },
  victorops: {
    sendResolved: true,
    fields:
      'api_key api_key_file api_url custom_fields entity_display_name http_config message_type monitoring_tool routing_key state_message',
  },
  pushover: {
    sendResolved: true,
    fields:
      'device expire html http_config message monospace priority retry sound title token token_file ttl url url_title user_key user_key_file',
  },
  sns: {
    sendResolved: true,
    fields:
      'api_url attributes http_config message phone_number sigv4 subject target_arn topic_arn use_aws_http_client',
  },
  telegram: {
    sendResolved: true,
    fields:
      'api_url bot_token bot_token_file chat_id chat_id_file disable_notifications http_config message message_thread_id parse_mode',
  },
  discord: {
    sendResolved: true,
    fields: 'avatar_url content http_config message title username webhook_url webhook_url_file',
  },
  webex: { sendResolved: true, fields: 'api_url http_config message room_id' },
  msteams: { sendResolved: true, fields: 'http_config summary text title webhook_url webhook_url_file' },
  msteamsv2: { sendResolved: true, fields: 'http_config text title webhook_url webhook_url_file' },
  jira: {
    sendResolved: true,
    fields:
      'api_type api_url description fields http_config issue_type labels priority project reopen_duration reopen_transition resolve_transition summary wont_fix_resolution',
  },
  rocketchat: {
    sendResolved: false,
    fields:
      'actions api_url channel color emoji fields http_config icon_url image_url link_names short_fields text thumb_url title title_link token token_file token_id token_id_file',
  },
  mattermost: {
    sendResolved: true,
    fields:
      'attachments author_icon author_link author_name channel color fallback fields footer footer_icon http_config icon_emoji icon_url image_url pretext priority props text thumb_url title title_link type username webhook_url webhook_url_file',
  },
  incidentio: {
    sendResolved: true,
    fields: 'alert_source_token alert_source_token_file http_config max_alerts timeout url url_file',
  },
} as const satisfies Record<string, Fields>;

export const otherIntegrations: readonly OtherIntegration[] = Object.keys(table) as OtherIntegration[];

export const fieldsOf = (integration: OtherIntegration): readonly string[] => table[integration].fields.split(' ');

export const sendsResolved = (integration: OtherIntegration): boolean => table[integration].sendResolved;

/** Of `global`, besides what is looked at: defaults for the integrations. */
export const globalFields: readonly string[] =
  'http_config jira_api_url mattermost_webhook_url mattermost_webhook_url_file opsgenie_api_key opsgenie_api_key_file opsgenie_api_url rocketchat_api_url rocketchat_token rocketchat_token_file rocketchat_token_id rocketchat_token_id_file slack_api_url slack_api_url_file slack_app_token slack_app_token_file slack_app_url smtp_auth_identity smtp_auth_password smtp_auth_password_file smtp_auth_secret smtp_auth_secret_file smtp_auth_username smtp_force_implicit_tls smtp_from smtp_hello smtp_require_tls smtp_smarthost smtp_tls_config telegram_api_url telegram_bot_token telegram_bot_token_file victorops_api_key victorops_api_key_file victorops_api_url webex_api_url wechat_api_corp_id wechat_api_secret wechat_api_secret_file wechat_api_url'.split(
    ' ',
  );
